"""Threads' data download, by itself or inside Instagram's."""
