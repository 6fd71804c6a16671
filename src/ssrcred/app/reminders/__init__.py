"""Reminders: who gets them, and how they are sent."""
