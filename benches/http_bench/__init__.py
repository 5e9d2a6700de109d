"""Parts of `benches/http_vs_flask.py`."""
