"""A synthetic population that knows the truth about itself, for demo, tests and bench.

Everything here is made up and says so: nobody in it exists. It imports nothing of ``services``, so its errors
are not the ones that the engine was built to expect.
"""
