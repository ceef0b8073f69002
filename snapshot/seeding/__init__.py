"""Believable rows for any schema: each parent has at least n children, and runs are repeatable."""

from __future__ import annotations

from snapshot.seeding.blueprint import Blueprint, Rule, between, chance, long_tail, up_to
from snapshot.seeding.parameters import parameter

__all__ = ["Blueprint", "Rule", "between", "chance", "long_tail", "parameter", "up_to"]
