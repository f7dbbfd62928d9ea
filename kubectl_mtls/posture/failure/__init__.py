"""Whose fault is a failing connection, and which edit mends it?"""
