"""How Sphinx builds this documentation, without a network: ``sphinx-build -W docs docs/_build``."""

import os
import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE / "extensions"), str(HERE.parent)]
os.environ.setdefault("OMP_NUM_THREADS", "1")

import classicxm  # noqa: E402

project = "classicxm"
author = copyright = "The classicxm developers"
version = release = classicxm.__version__

extensions = [
    "generated_pages",
    "mathml_writer",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "numpydoc",
    "sphinx_gallery.gen_gallery",
    "myst_parser",
]
exclude_patterns = ["_build", "examples", "templates"]
templates_path = ["templates"]
suppress_warnings = ["config.cache", "myst.header", "misc.highlighting_failure"]
default_role = "py:obj"

html_math_renderer = "mathml"
myst_enable_extensions = ["dollarmath", "amsmath", "deflist", "attrs_inline"]
myst_heading_anchors = 3

autosummary_generate = True
autosummary_imported_members = True
autodoc_typehints = "none"
numpydoc_show_class_members = False
numpydoc_xref_param_type = False

sphinx_gallery_conf = {
    "examples_dirs": "examples",
    "gallery_dirs": "generated/gallery",
    "filename_pattern": r"plot_\w+\.py$",
    "within_subsection_order": "FileNameSortKey",
    "abort_on_example_error": True,
    "backreferences_dir": "generated/backreferences",
    "doc_module": ("classicxm",),
    "min_reported_time": 0,
    "show_memory": False,
    "write_computation_times": False,  # its page loads a script from elsewhere
    "show_signature": False,
    "image_srcset": [],
    "reset_modules": ("matplotlib", "picture_style.reset"),
}

html_theme = "pydata_sphinx_theme"
html_title = "classicxm"
html_static_path = ["static"]
html_css_files = ["own.css"]
html_sidebars = {page: [] for page in ("*", "generated/datasets", "generated/reproductions")}
html_show_sourcelink = html_copy_source = False
html_theme_options = {
    "show_prev_next": True,
    "secondary_sidebar_items": ["page-toc"],
    "header_links_before_dropdown": 6,
}
