"""One BLAS thread, enforced and verified: replay is bit-exact only with a fixed number of threads."""

from threadpoolctl import threadpool_info, threadpool_limits


def one_thread() -> None:
    """Limit every BLAS library of this process to one thread. RuntimeError when one has more afterwards."""
    threadpool_limits(limits=1, user_api="blas")
    for pool in threadpool_info():
        if pool["user_api"] == "blas" and pool["num_threads"] != 1:
            raise RuntimeError(f"{pool['internal_api']} runs {pool['num_threads']} threads and must run one.")
