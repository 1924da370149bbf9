"""Images: find an engine, build with BuildKit, push by digest; process images where there is no engine.

Import from the modules: ``api`` (build and push), ``engine``, ``build``, ``push``, ``registry``, ``process``.
"""
