"""The desk's pages: each takes a visit and what was asked, and answers with plain values."""
