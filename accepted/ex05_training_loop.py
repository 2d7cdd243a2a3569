"""Lesson 5: right answers written in other ways. Style is never graded; each of these must pass."""

import contextlib
import copy
import errno
import io
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn, optim

from kata.authoring import right
from solutions.ex05_training_loop import Evaluation, History, evaluate, train_one_epoch

# train_one_epoch


@right("train_one_epoch", says="As most tutorials write it.")
def criterion_and_running_loss(net: Any, loader: Any, optimizer: Any, device: Any) -> float:
    criterion = nn.CrossEntropyLoss()
    net.train()
    running_loss, seen = 0.0, 0
    for _, data in enumerate(loader, 0):
        inputs, labels = data[0].to(device), data[1].to(device)
        optimizer.zero_grad()
        outputs = net(inputs)
        loss = criterion(outputs, labels)
        loss.backward()
        optimizer.step()
        running_loss += loss.item() * inputs.size(0)
        seen += inputs.size(0)
    if not seen:
        raise ValueError("the loader is empty")
    return running_loss / seen


@right("train_one_epoch", says="A loss for each image: sum and mean are then one's own choice.")
def sums_and_mean_apart(net: Any, loader: Any, optimizer: Any, device: Any) -> float:
    net.train(True)
    losses: list[float] = []
    for x, y in loader:
        each = F.cross_entropy(net(x.to(device, non_blocking=True)), y.to(device, non_blocking=True), reduction="none")
        net.zero_grad()
        each.mean().backward()
        optimizer.step()
        losses.extend(each.detach().cpu().tolist())
    if len(losses) == 0:
        raise ValueError("no batch")
    return sum(losses) / len(losses)


@right("train_one_epoch", says="The total stays on the device: a GPU is not waited for at each batch.")
def detached_total_on_device(net: Any, loader: Any, optimizer: Any, device: Any) -> float:
    net.train()
    total = torch.zeros((), device=device)
    count = 0
    for x, y in loader:
        x, y = (part.to(device) for part in (x, y))
        optimizer.zero_grad(set_to_none=False)
        loss = F.cross_entropy(net(x), y)
        loss.backward()
        optimizer.step()
        total += loss.detach() * y.numel()
        count += y.numel()
    if count == 0:
        raise ValueError("loader gives no batch")
    return total.item() / count


@right("train_one_epoch", says="What cross_entropy does, in its two steps.")
def log_softmax_and_nll(net: Any, loader: Any, optimizer: Any, device: Any) -> Any:
    net.train()
    losses, sizes = [], []
    for x, y in loader:
        loss = F.nll_loss(F.log_softmax(net(x.to(device)), dim=1), y.to(device))
        optimizer.zero_grad()
        loss.backward()
        losses.append(float(loss))
        sizes.append(x.shape[0])
        optimizer.step()
    if not sizes:
        raise ValueError("loader gives no batch")
    return np.average(losses, weights=sizes)


@right("train_one_epoch")
def device_of_the_parameters(net: Any, loader: Any, optimizer: Any, device: Any) -> float:
    where = next(net.parameters()).device
    net.train()
    total, count = 0.0, 0
    for x, y in loader:
        loss = F.cross_entropy(net(torch.as_tensor(x, device=where)), torch.as_tensor(y, device=where))
        for parameter in net.parameters():
            parameter.grad = None
        loss.backward()
        optimizer.step()
        total, count = total + loss.item() * len(y), count + len(y)
    try:
        return total / count
    except ZeroDivisionError:
        raise ValueError("loader gives no batch") from None


@right("train_one_epoch", says="As L-BFGS needs it: the optimizer asks for loss and gradients itself.")
def step_with_a_closure(net: Any, loader: Any, optimizer: Any, device: Any) -> float:
    net.train()
    total, count = 0.0, 0
    for x, y in loader:
        images, labels = x.to(device), y.to(device)

        def closure(images: Any = images, labels: Any = labels) -> Any:
            optimizer.zero_grad()
            loss = F.cross_entropy(net(images), labels)
            loss.backward()
            return loss

        total += optimizer.step(closure).item() * len(labels)
        count += len(labels)
    if count < 1:
        raise ValueError("loader gives no batch")
    return total / count


@right("train_one_epoch", says="No large sum: the mean is right at any time.")
def running_mean(net: Any, loader: Any, optimizer: Any, device: Any) -> float:
    net.train()
    mean, count = 0.0, 0
    batches = iter(loader)
    while (batch := next(batches, None)) is not None:
        images, labels = batch[0].to(device), batch[1].to(device)
        loss = nn.CrossEntropyLoss(reduction="sum")(net(images), labels) / len(labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        count += len(labels)
        mean += (loss.item() - mean) * len(labels) / count
    if count == 0:
        raise ValueError("loader gives no batch")
    return mean


@right("train_one_epoch")
def cleared_before_and_after(net: Any, loader: Any, optimizer: Any, device: Any) -> float:
    net.train()
    total, count = 0.0, 0
    optimizer.zero_grad()
    for images, labels in loader:
        size = images.size()[0]
        loss = F.cross_entropy(input=net(images.to(device=device)), target=labels.to(device=device))
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        total += size * loss.item()
        count += size
    if count == 0:
        raise ValueError("loader gives no batch")
    return total / count


# evaluate


@right("evaluate")
@torch.no_grad()
def decorated(net: Any, loader: Any, device: Any) -> Any:
    before = {module: module.training for module in net.modules()}
    try:
        net.eval()
        total, right, count = 0.0, 0, 0
        confusion = torch.zeros(10, 10, dtype=torch.long)
        for x, y in loader:
            x, y = x.to(device), y.to(device)
            out = net(x)
            total += F.cross_entropy(out, y).item() * x.size(0)
            _, predicted = torch.max(out, 1)
            right += (predicted == y).sum().item()
            count += y.size(0)
            for t, p in zip(y.view(-1), predicted.view(-1), strict=True):
                confusion[t.long(), p.long()] += 1
        if count == 0:
            raise ValueError("empty loader")
        return Evaluation(loss=total / count, accuracy=right / count, confusion=confusion)
    finally:
        for module, training in before.items():
            module.train(training) if not list(module.children()) else setattr(module, "training", training)


@right("evaluate", says="Leaves the modes alone by working on a copy; it needs the memory of a second network.")
def on_a_copy(net: Any, loader: Any, device: Any) -> Any:
    copied = copy.deepcopy(net).eval()
    confusion, total = torch.zeros(10, 10, dtype=torch.int64), 0.0
    with torch.no_grad():
        for x, y in loader:
            x, y = x.to(device), y.to(device)
            scores = copied(x)
            total += F.cross_entropy(scores, y, reduction="sum").item()
            for label, digit in zip(y.tolist(), scores.argmax(1).tolist(), strict=True):
                confusion[label, digit] += 1
    count = confusion.sum().item()
    if not count:
        raise ValueError("nothing to evaluate on: the loader gives no batch")
    return Evaluation(total / count, confusion.trace().item() / count, confusion)


@right("evaluate", says="inference_mode records even less than no_grad, and is a little faster.")
def inference_mode_and_index_put(net: Any, loader: Any, device: Any) -> Any:
    modes = {name: module.training for name, module in net.named_modules()}
    confusion = torch.zeros((10, 10), dtype=torch.int64, device=device)
    losses = []
    net.eval()
    try:
        with torch.inference_mode():
            for x, y in loader:
                scores, y = net(x.to(device)), y.to(device)
                losses += F.cross_entropy(scores, y, reduction="none").tolist()
                confusion.index_put_((y, scores.argmax(-1)), torch.ones_like(y), accumulate=True)
    finally:
        for name, mode in modes.items():
            net.get_submodule(name).training = mode
    if not losses:
        raise ValueError("empty loader")
    matrix = confusion.cpu()
    return Evaluation(sum(losses) / len(losses), float(matrix.diagonal().sum() / matrix.sum()), matrix)


@right("evaluate", says="The confusion matrix as one matrix product: no loop over images.")
def one_hot_product(net: Any, loader: Any, device: Any) -> Any:
    @contextlib.contextmanager
    def measuring() -> Iterator[None]:
        training = [m for m in net.modules() if m.training]
        net.eval()
        try:
            yield
        finally:
            for module in training:
                module.training = True

    total, confusion = 0.0, torch.zeros(10, 10)
    with measuring(), torch.set_grad_enabled(False):
        for images, labels in loader:
            labels = labels.to(device)
            scores = net(images.to(device))
            total -= scores.log_softmax(1).gather(1, labels[:, None]).sum().item()
            confusion += (F.one_hot(labels, 10).T.float() @ F.one_hot(scores.argmax(1), 10).float()).cpu()
    if not confusion.any():
        raise ValueError("empty loader")
    count = confusion.sum().item()
    return Evaluation(total / count, confusion.trace().item() / count, confusion.to(torch.int64))


@right("evaluate", says="Simple, with the memory of all scores.")
def everything_at_the_end(net: Any, loader: Any, device: Any) -> Any:
    modes = [module.training for module in net.modules()]
    net.train(False)
    all_scores, all_labels = [], []
    try:
        with torch.no_grad():
            for x, y in loader:
                all_scores.append(net(x.to(device)))
                all_labels.append(y.to(device))
    finally:
        for module, mode in zip(net.modules(), modes, strict=True):
            module.training = mode
    if not all_scores:
        raise ValueError("empty loader")
    scores, labels = torch.cat(all_scores).cpu(), torch.cat(all_labels).cpu()
    read = scores.softmax(dim=1).topk(1).indices.flatten()
    confusion = np.zeros((10, 10), dtype=np.int64)
    np.add.at(confusion, (labels.numpy(), read.numpy()), 1)
    accuracy = (read == labels).double().mean().item()
    return Evaluation(F.cross_entropy(scores, labels).item(), accuracy, torch.from_numpy(confusion))


@right("evaluate")
def predictions_to_the_cpu(net: Any, loader: Any, device: Any) -> Any:
    modes = [(module, module.training) for module in net.modules()]
    net.eval()
    try:
        confusion = torch.zeros(100, dtype=torch.int64)
        total = torch.zeros((), dtype=torch.float64)
        for x, y in loader:
            with torch.no_grad():
                scores = net(x.to(device))
                total += F.cross_entropy(scores, y.to(device)).cpu() * len(y)
            confusion.scatter_add_(0, y.cpu() * 10 + scores.argmax(1).cpu(), torch.ones(len(y), dtype=torch.int64))
        count = confusion.sum().item()
        if count == 0:
            raise ValueError("empty loader")
        confusion = confusion.reshape(10, 10)
        return Evaluation(total.item() / count, confusion.diag().sum().item() / count, confusion)
    finally:
        for module, mode in modes:
            vars(module)["training"] = mode


# fit


@right("fit")
def lists_first(
    net: Any, train_loader: Any, test_loader: Any, epochs: int, learning_rate: float, device: Any
) -> History:
    if not epochs >= 0:
        raise ValueError(f"epochs = {epochs}: it must not be negative")
    net = net.to(device)
    optimizer = optim.SGD(net.parameters(), learning_rate, 0.9)
    train_loss, test = [], []
    for epoch in range(1, epochs + 1):
        train_loss += [train_one_epoch(net, train_loader, optimizer, device)]
        test += [evaluate(net, test_loader, device)]
        print(f"epoch {epoch}: {train_loss[-1]:.3f}, {test[-1].accuracy:.1%}")
    return History(train_loss, test)


@right("fit")
def counted_by_while(
    net: Any, train_loader: Any, test_loader: Any, epochs: int, learning_rate: float, device: Any
) -> History:
    if epochs < 0:
        raise ValueError("epochs must be at least 0, got " + str(epochs))
    history = History()
    if epochs == 0:
        return history
    net.to(torch.device(device))
    optimizer = torch.optim.SGD([{"params": list(net.parameters())}], lr=learning_rate, momentum=0.9)
    while len(history.test) < epochs:
        history.train_loss.append(train_one_epoch(net, train_loader, optimizer, device))
        history.test.append(evaluate(net, test_loader, device))
    return history


@right("fit", says="Momentum by hand: the optimizer holds no secret any more.")
def everything_written_out(
    net: Any, train_loader: Any, test_loader: Any, epochs: int, learning_rate: float, device: Any
) -> History:
    if epochs < 0:
        raise ValueError(f"epochs must be 0 or more, and is {epochs}")
    net.to(device)
    speed = [torch.zeros_like(parameter) for parameter in net.parameters()]
    history = History([], [])
    for _ in range(epochs):
        net.train()
        total, count = 0.0, 0
        for images, labels in train_loader:
            loss = F.cross_entropy(net(images.to(device)), labels.to(device))
            net.zero_grad()
            loss.backward()
            with torch.no_grad():
                for parameter, pace in zip(net.parameters(), speed, strict=True):
                    if parameter.grad is not None:
                        pace.mul_(0.9).add_(parameter.grad)
                        parameter.sub_(learning_rate * pace)
            total, count = total + loss.item() * len(images), count + len(images)
        history.train_loss.append(total / count)
        history.test.append(evaluate(net, test_loader, device))
    return history


@right("fit", says="Frozen parameters do not reach the optimizer: less memory where most are frozen.")
def only_what_learns(
    net: Any, train_loader: Any, test_loader: Any, epochs: int, learning_rate: float, device: Any
) -> History:
    if epochs < 0:
        raise ValueError(f"{epochs=} must be 0 or more")
    net.to(device)
    learning = [parameter for parameter in net.parameters() if parameter.requires_grad]
    optimizer = torch.optim.SGD(learning, lr=learning_rate, momentum=0.9, foreach=False)
    pairs = [
        (train_one_epoch(net, train_loader, optimizer, device), evaluate(net, test_loader, device))
        for _ in range(epochs)
    ]
    return History([loss for loss, _ in pairs], [test for _, test in pairs])


# save_checkpoint


@right("save_checkpoint", says="Serialises first, writes then: a fault while pickling touches no file.")
def bytes_first(path: Any, net: Any, optimizer: Any, epoch: int) -> None:
    memory = io.BytesIO()
    torch.save({"net": net.state_dict(), "optimizer": optimizer.state_dict(), "epoch": epoch}, memory)
    beside = f"{os.fspath(path)}.tmp"
    try:
        with open(beside, "wb") as file:
            file.write(memory.getvalue())
        os.replace(beside, path)
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.remove(beside)


@right("save_checkpoint", says="A name that nobody else has; it has to lie in the same folder to be moved at once.")
def named_temporary_file(path: Any, net: Any, optimizer: Any, epoch: int) -> None:
    target = Path(path)
    entries = {"epoch": epoch, "net": net.state_dict(), "optimizer": optimizer.state_dict()}
    with tempfile.NamedTemporaryFile(dir=target.parent, prefix=".", delete=False) as file:
        try:
            torch.save(entries, file)
            file.flush()
            os.fsync(file.fileno())
        except BaseException:
            file.close()
            os.unlink(file.name)
            raise
    try:
        os.replace(file.name, target)
    except OSError:
        os.unlink(file.name)
        raise


@right("save_checkpoint", says="The same with the system's own call.")
def mkstemp_and_path_replace(path: Any, net: Any, optimizer: Any, epoch: int) -> None:
    path = Path(path)
    handle, name = tempfile.mkstemp(suffix=".partial", dir=path.parent)
    os.close(handle)
    partial, done = Path(name), False
    try:
        torch.save({"net": net.state_dict(), "optimizer": optimizer.state_dict(), "epoch": epoch}, partial)
        partial.replace(path)
        done = True
    finally:
        if not done:
            partial.unlink()


@right("save_checkpoint", says="A checkpoint of CPU tensors loads on every machine.")
def hidden_and_on_the_cpu(path: Any, net: Any, optimizer: Any, epoch: int) -> None:
    path = Path(path)
    partial = path.parent / f".{path.name}.{os.getpid()}"
    state = {
        name: value.detach().cpu() if torch.is_tensor(value) else value for name, value in net.state_dict().items()
    }
    try:
        torch.save({"net": state, "optimizer": copy.deepcopy(optimizer.state_dict()), "epoch": epoch}, str(partial))
    except Exception:
        if partial.exists():
            partial.unlink()
        raise
    try:
        os.replace(str(partial), str(path))
    except Exception:
        partial.unlink()
        raise


@right("save_checkpoint")
def with_more_than_asked_for(path: Any, net: Any, optimizer: Any, epoch: int) -> None:
    checkpoint = {"net": net.state_dict(), "optimizer": optimizer.state_dict(), "epoch": epoch, "version": 1}
    partial = os.path.join(os.path.dirname(os.path.abspath(path)), os.path.basename(path) + "~")
    with contextlib.ExitStack() as stack:
        stack.callback(lambda: Path(partial).unlink(missing_ok=True))
        torch.save(checkpoint, partial)
        os.replace(partial, path)


# load_checkpoint


@right("load_checkpoint", says="Nothing is touched before all fits; it needs the memory twice.")
def tried_on_copies(path: Any, net: Any, optimizer: Any, device: Any) -> Any:
    try:
        found = torch.load(path, map_location=device)
        trial, other = copy.deepcopy([net, optimizer])
        trial.load_state_dict(found["net"])
        other.load_state_dict(found["optimizer"])
        epoch = found["epoch"]
    except FileNotFoundError:
        raise
    except Exception as error:
        raise ValueError(f"{path}: {error}") from error
    net.load_state_dict(found["net"])
    optimizer.load_state_dict(found["optimizer"])
    return epoch


@right("load_checkpoint", says="Tries at once, and puts everything back where it fails.")
def rolled_back(path: Any, net: Any, optimizer: Any, device: Any) -> Any:
    if not Path(path).exists():
        raise FileNotFoundError(errno.ENOENT, "no checkpoint", str(path))
    before = copy.deepcopy((net.state_dict(), optimizer.state_dict()))
    try:
        with open(path, "rb") as file:
            found = torch.load(file, map_location=torch.device(device), weights_only=True)
        optimizer.load_state_dict(found["optimizer"])
        net.load_state_dict(found["net"])
        return found["epoch"]
    except Exception as error:
        net.load_state_dict(before[0])
        optimizer.load_state_dict(before[1])
        raise ValueError(f"cannot load {path}") from error


@right("load_checkpoint", says="Looks before it copies: the cheapest, and it knows what can go wrong.")
def compared_by_names_and_shapes(path: Any, net: Any, optimizer: Any, device: Any) -> Any:
    content = Path(path).read_bytes()
    try:
        found = torch.load(io.BytesIO(content), device, weights_only=True)
        sizes = {name: tuple(value.shape) for name, value in found["net"].items()}
        epoch, groups = found["epoch"], found["optimizer"]["param_groups"]
        found["optimizer"]["state"].items()
    except Exception as error:
        raise ValueError(f"{path} is broken") from error
    if sizes != {name: tuple(value.shape) for name, value in net.state_dict().items()}:
        raise ValueError(f"{path} is of another network")
    if [len(group["params"]) for group in groups] != [len(group["params"]) for group in optimizer.param_groups]:
        raise ValueError(f"{path} is of another optimizer")
    net.load_state_dict(found["net"])
    optimizer.load_state_dict(found["optimizer"])
    return epoch


@right("load_checkpoint")
def copied_by_hand(path: Any, net: Any, optimizer: Any, device: Any) -> Any:
    with open(path, "rb") as file:
        try:
            found = torch.load(file, weights_only=True, map_location="cpu")
            copy.deepcopy(net).load_state_dict(found["net"], strict=True)
            copy.deepcopy(optimizer).load_state_dict(found["optimizer"])
            epoch = int(found["epoch"])
        except Exception as error:
            raise ValueError(f"{path!s} does not fit") from error
    with torch.no_grad():
        for name, value in net.state_dict().items():
            value.copy_(found["net"][name])
    optimizer.load_state_dict(found["optimizer"])
    return epoch


@right("load_checkpoint")
def numpy_epoch(path: Any, net: Any, optimizer: Any, device: Any) -> Any:
    os.stat(path)
    try:
        state, memory, epoch = map(torch.load(path, map_location=device).__getitem__, ("net", "optimizer", "epoch"))
        twin, its = copy.deepcopy((net, optimizer))
        its.load_state_dict(memory)
        twin.load_state_dict(state)
    except Exception as error:
        raise ValueError(f"no whole checkpoint in {path}") from error
    net.load_state_dict(twin.state_dict())
    optimizer.load_state_dict(its.state_dict())
    return np.int64(epoch)
