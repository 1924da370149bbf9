"""Images: find an engine, build with BuildKit, push by digest; process images where there is no engine."""
