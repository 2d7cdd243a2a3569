"""Test doubles that serve one lesson, in a module of its name. Specs and banks import them from `kata.authoring`."""
