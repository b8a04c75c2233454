"""What runs beside a student's code: the warm process, its confinement, and what answers a call.

Only the standard library, NumPy, IPython, matplotlib and `autograder.wire` are imported here, and nothing is
secret: hidden tests, expected values and the reference never come near this process.
"""
