"""Pictures of templates: `graph` of a template, `mermaid` and `dot` of a graph; `graphviz` draws DOT as SVG and PNG."""

from woo_stack.diagram.dot import dot as dot
from woo_stack.diagram.drawing import graph as graph
from woo_stack.diagram.mermaid import mermaid as mermaid
