"""The data download of X (Twitter), in every layout since 2012."""
