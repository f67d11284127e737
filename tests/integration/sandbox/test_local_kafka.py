"""The local Kafka: it carries records, keeps them over a crash, and says in a sentence why it does not start."""

import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from sandbox.kafka.broker import LocalKafka
from sandbox.kafka.choose import local_or_given
from sandbox.kafka.errors import FolderInUse, JavaMissing, KafkaDidNotStart, KafkaMissing, KafkaNotAnswering
from sandbox.ports import PortTaken, free_ports
from sandbox.server_process import FolderUnusable


async def make_topic(bootstrap: str, name: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(name, num_partitions=1, replication_factor=1)])
    finally:
        await admin.close()


async def produce(bootstrap: str, topic: str, values: list[bytes]) -> None:
    async with AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", compression_type="zstd") as producer:
        for value in values:
            await producer.send_and_wait(topic, value)


async def read(bootstrap: str, topic: str, count: int) -> list[bytes]:
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False)
    await consumer.start()
    try:
        partition = TopicPartition(topic, 0)
        consumer.assign([partition])
        await consumer.seek_to_beginning(partition)
        return [(await consumer.getone()).value for _ in range(count)]
    finally:
        await consumer.stop()


@pytest.mark.anyio
async def test_what_is_produced_is_consumed(kafka: str, unique: str) -> None:
    topic = f"{unique}.registry.thing.happened.v1"
    await make_topic(kafka, topic)
    await produce(kafka, topic, [b"one", b"two"])
    assert await read(kafka, topic, 2) == [b"one", b"two"]


class TestOneOfOurOwn:
    @pytest.fixture
    def own(self, tmp_path: Path) -> Iterator[LocalKafka]:
        # Java and Kafka must cope with a folder that a person here might well have.
        broker = LocalKafka(tmp_path / "উপাত্ত, and more")
        yield broker
        broker.stop()

    @pytest.mark.anyio
    async def test_it_keeps_its_records_and_its_address_over_a_crash(self, own: LocalKafka) -> None:
        own.start()
        address = own.bootstrap
        await make_topic(address, "kept")
        await produce(address, "kept", [b"before"])
        own.kill()
        own.start()
        assert own.bootstrap == address
        assert await read(address, "kept", 1) == [b"before"]

    def test_it_is_gone_after_stop(self, own: LocalKafka) -> None:
        own.start()
        pid, (host, port) = own.pid, own.bootstrap.split(":")
        own.stop()
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((host, int(port)), timeout=1)

    def test_it_listens_on_the_loopback_address_only(self, own: LocalKafka) -> None:
        own.start()
        assert _listening_addresses(own.pid) == {"127.0.0.1"}

    @pytest.mark.anyio
    async def test_a_second_one_of_the_same_folder_is_refused(self, own: LocalKafka, tmp_path: Path) -> None:
        own.start()
        with pytest.raises(FolderInUse, match="Another Kafka runs on"):
            LocalKafka(tmp_path / "উপাত্ত, and more").start()
        await make_topic(own.bootstrap, "still-working")


def test_it_ends_when_the_program_that_started_it_is_killed(tmp_path: Path) -> None:
    starter = subprocess.Popen(
        [sys.executable, "-m", "sandbox.kafka", "--directory", str(tmp_path), "--port", str(free_ports(1)[0])],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert starter.stdout is not None
    assert "Kafka answers at" in starter.stdout.readline()
    broker = _descendant_running(starter.pid, "kafka.Kafka")
    ended = os.pidfd_open(broker)
    try:
        starter.send_signal(signal.SIGKILL)
        starter.wait()
        _wait_for_end(ended, seconds=20)
    finally:
        os.close(ended)


def test_ctrl_c_ends_one_in_the_foreground_in_good_order(tmp_path: Path) -> None:
    starter = subprocess.Popen(
        [sys.executable, "-m", "sandbox.kafka", "--directory", str(tmp_path), "--port", str(free_ports(1)[0])],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert starter.stdout is not None
    assert "Kafka answers at" in starter.stdout.readline()
    starter.send_signal(signal.SIGINT)
    out, err = starter.communicate(timeout=40)
    assert (starter.returncode, out, err) == (0, "Kafka has ended.\n", "")


def test_a_port_that_is_taken_is_said(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(PortTaken, match=f"Port {port} on 127.0.0.1 is taken"):
            LocalKafka(tmp_path, port).start()


def test_a_folder_below_a_file_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(FolderUnusable, match="file/data cannot be used: not a directory"):
        LocalKafka(tmp_path / "file" / "data").start()


def test_a_folder_that_is_a_file_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(FolderUnusable, match="cannot be used"):
        LocalKafka(tmp_path / "file").start()


def test_a_command_ends_with_the_sentence_alone_and_no_traceback(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    ended = subprocess.run(
        [sys.executable, "-m", "sandbox.kafka", "--directory", str(tmp_path / "file" / "data")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 1
    assert ended.stdout == ""
    assert len(ended.stderr.splitlines()) == 1


def test_without_its_jars_it_names_the_command_that_fetches_them(tmp_path: Path) -> None:
    with pytest.raises(KafkaMissing, match="make setup"):
        LocalKafka(tmp_path, jars=tmp_path / "libs").start()


def test_without_java_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    with pytest.raises(JavaMissing, match="openjdk-17"):
        LocalKafka(tmp_path).start()


def test_a_damaged_folder_is_reported_with_the_end_of_the_log(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "meta.properties").write_text("version=1\nnode.id=7\ncluster.id=another\n")
    with pytest.raises(KafkaDidNotStart, match=r"previous node id 1(?s:.*)The whole log is"):
        LocalKafka(tmp_path).start()


def test_a_given_kafka_is_used_and_left_running(kafka: str, tmp_path: Path) -> None:
    with local_or_given(kafka, tmp_path) as bootstrap:
        assert bootstrap == kafka
    with local_or_given(kafka, tmp_path):
        assert list(tmp_path.iterdir()) == []


def test_a_given_kafka_that_is_not_there_is_said_after_a_bounded_wait(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sandbox.kafka.choose.GIVEN_SECONDS", 1.0)
    with pytest.raises(KafkaNotAnswering, match="within 1 seconds"), local_or_given("127.0.0.1:1", tmp_path):
        pytest.fail("nothing answers there")


def _descendant_running(parent: int, what: str) -> int:
    for process in Path("/proc").iterdir():
        if process.name.isdigit():
            try:
                fields = (process / "stat").read_text().rpartition(")")[2].split()
                command = (process / "cmdline").read_bytes().decode()
            except OSError:
                continue
            if int(fields[1]) == parent and what in command:
                return int(process.name)
    raise AssertionError(f"{parent} has no child that runs {what}")


def _wait_for_end(pidfd: int, seconds: float) -> None:
    poll = select.poll()
    poll.register(pidfd, select.POLLIN)
    assert poll.poll(seconds * 1000), "it still runs"


def _listening_addresses(pid: int) -> set[str]:
    sockets = set()
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        try:
            sockets.add(os.readlink(descriptor))  # noqa: PTH115 - the text is "socket:[…]", which is no path
        except OSError:
            continue
    addresses = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and f"socket:[{fields[9]}]" in sockets:
                # IPv4 and IPv4 mapped into IPv6 both end in the address as one little-endian word.
                word = fields[1].split(":")[0][-8:]
                addresses.add(socket.inet_ntoa(bytes.fromhex(word)[::-1]))
    return addresses
