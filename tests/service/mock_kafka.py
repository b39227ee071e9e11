"""A Kafka to test with: librdkafka's mock cluster of one broker, which speaks the real protocol over TCP.

Run as a process of its own. It prints its address, then obeys a line at a time on its standard input: `topic
NAME PARTITIONS`; `down`, when connections are cut and none is taken, and what was written stays; `up`;
`refuse API ERROR COUNT`, the protocol's numbers. It answers each with a line, and ends with its input.
"""

from __future__ import annotations

import ctypes
import sys
from pathlib import Path

import confluent_kafka

PRODUCER = 0


def librdkafka() -> ctypes.CDLL:
    """The library that the client's wheel brings."""
    package = Path(confluent_kafka.__file__).parent
    (path,) = package.with_name("confluent_kafka.libs").glob("librdkafka*")
    library = ctypes.CDLL(str(path))
    for name in ("rd_kafka_conf_new", "rd_kafka_new", "rd_kafka_mock_cluster_new"):
        getattr(library, name).restype = ctypes.c_void_p
    library.rd_kafka_mock_cluster_bootstraps.restype = ctypes.c_char_p
    return library


def main() -> None:
    library = librdkafka()
    pointer = ctypes.c_void_p
    why = ctypes.create_string_buffer(512)
    settings = pointer(library.rd_kafka_conf_new())
    client = pointer(library.rd_kafka_new(PRODUCER, settings, why, ctypes.c_size_t(len(why))))
    cluster = pointer(library.rd_kafka_mock_cluster_new(client, 1))
    library.rd_kafka_mock_group_initial_rebalance_delay_ms(cluster, 0)  # a real one waits for three seconds
    print(library.rd_kafka_mock_cluster_bootstraps(cluster).decode(), flush=True)
    for line in sys.stdin:
        word, *arguments = line.split()
        if word == "topic":
            error = library.rd_kafka_mock_topic_create(cluster, arguments[0].encode(), int(arguments[1]), 1)
        elif word == "refuse":
            api, code, count = map(int, arguments)
            library.rd_kafka_mock_clear_request_errors(cluster, ctypes.c_int16(api))
            library.rd_kafka_mock_push_request_errors(
                cluster, ctypes.c_int16(api), ctypes.c_size_t(count), *[ctypes.c_int(code)] * count
            )
            error = 0
        else:
            error = getattr(library, f"rd_kafka_mock_broker_set_{word}")(cluster, ctypes.c_int32(1))
        print(error, flush=True)


if __name__ == "__main__":
    main()
