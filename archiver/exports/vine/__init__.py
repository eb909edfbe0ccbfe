"""What remains of Vine (closed 2017) and Periscope (closed 2021): files somebody saved."""
