"""Stored data of the course. `cases/` holds what the visible checks compare with (see dnnkit.check.stored)."""
