"""On a GPU: one more way to train a stretch of text, behind the same session.

`windows.cu` is what runs there, `program` says with which macros, `schedule` sends it the text,
and `device` is all that they need of a GPU; `cupy_device` has it from CuPy, the tests from a C++
compiler.
"""
