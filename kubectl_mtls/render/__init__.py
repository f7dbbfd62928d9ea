"""Answers to text: pure functions that return str."""
