"""What analysts click in JupyterLab: filter, table, preview, progress; each also stands still as plain HTML.

ipywidgets loads when a widget is shown, not when a module of this package is imported.
"""
