"""One BLAS thread: enforced and verified, because replay is bit-exact only with a fixed number of them."""

from threadpoolctl import threadpool_info, threadpool_limits


def one_thread() -> None:
    """Limit every BLAS of this process to one thread. RuntimeError when one does not obey."""
    threadpool_limits(limits=1, user_api="blas")
    for pool in threadpool_info():
        if pool["user_api"] == "blas" and pool["num_threads"] != 1:
            raise RuntimeError(f"{pool['internal_api']} runs {pool['num_threads']} threads and must run one.")
