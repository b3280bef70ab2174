"""Writing lead files: rows of cells → CSV, XLSX, JSON, JSON Lines or Parquet, whole or not at all.

Owns: file formats, the formula guard, the headers that other tools' importers expect.
May import: core.models, core.errors, core.values.
Never: reads a store; decides which leads or columns are exported.
Start reading at: writer.py.
"""
