"""archiver: records retention and Public Records Act answers for a city's social media."""

__version__ = "0.1.0"
