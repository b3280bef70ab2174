"""Templates of formulas, prompts and HTTP bodies: Jinja2's language over a lead's fields.

Owns: what a template may say, which fields it reads and needs, and how far it may go.
May import: core.models, core.errors, core.values; jinja2 only when a template is compiled.
Never: reads a store; sends anything.
Start reading at: template.py.
"""

from leadsync.core.templates.batch import BatchTemplate, compile_batch_template
from leadsync.core.templates.limits import TemplateLimit
from leadsync.core.templates.template import BlankInput, Template, compile_template

__all__ = [
    "BatchTemplate",
    "BlankInput",
    "Template",
    "TemplateLimit",
    "compile_batch_template",
    "compile_template",
]
