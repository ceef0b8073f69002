"""Believable rows for any schema: each parent has at least n children, and runs are repeatable."""

from __future__ import annotations

from snapshot.seeding.blueprint import Blueprint, Rule, between, chance, parameter, up_to

__all__ = ["Blueprint", "Rule", "between", "chance", "parameter", "up_to"]
