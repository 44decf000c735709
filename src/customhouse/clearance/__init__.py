"""The use cases: what is done with a file, one module per step.

Each step opens the file, asks an office, and records its acts. `line.LINE` is the automatic way from lodgement to
release; people step in through the same modules (`examine`, `settle.pay`, `query`, `lift`, `amend`, `invalidate`).
"""
