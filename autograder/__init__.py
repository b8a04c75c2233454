"""The instructor's side: release, grade, give feedback. Imports dnnkit, never the reverse."""
