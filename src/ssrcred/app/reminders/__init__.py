"""Reminders: who is told, by which way."""
