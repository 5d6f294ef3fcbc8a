"""Compiles code from the standard input; prints the names it uses and nothing in it makes, one a line."""

import ast
import builtins
import sys

tree = ast.parse(sys.stdin.read())
made, used = set(dir(builtins)), set()
for node in ast.walk(tree):
    if isinstance(node, ast.Name):
        (used if isinstance(node.ctx, ast.Load) else made).add(node.id)
    elif isinstance(node, ast.arg):
        made.add(node.arg)
    elif isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        made.add(node.name)
    elif isinstance(node, (ast.Import, ast.ImportFrom)):
        made.update((alias.asname or alias.name).split(".")[0] for alias in node.names)
imported = {
    (alias.asname or alias.name).split(".")[0]
    for node in ast.walk(tree)
    if isinstance(node, (ast.Import, ast.ImportFrom))
    for alias in node.names
}
print("\n".join(sorted(used - made) + [f"import {name}" for name in sorted(imported - used)]))
