from __future__ import annotations

from app.observability.metrics import OUTCOMES, REFUSALS, Metrics


def make_step(metrics: Metrics) -> None:
    metrics.engine_step(0.02, prefill_tokens=7, decode_tokens=4)
    metrics.engine_state(num_waiting=3, num_running=4, num_cached_tokens=50, max_cached_tokens=100)


def test_every_method_moves_a_meter_that_is_rendered() -> None:
    metrics = Metrics()
    metrics.request_accepted()
    metrics.request_refused("queue_full")
    metrics.request_finished("stop")
    metrics.tokens(prompt=10, completion=5, cached=2)
    metrics.first_token(0.3)
    metrics.inter_token(0.04)
    metrics.queue_time(0.1)
    metrics.request_cancelled("prefill")
    metrics.tokens_wasted(prompt=8, completion=6)
    metrics.engine_rebuilt()
    metrics.watch_accepted(num_requests=lambda: 12, num_tokens=lambda: 340)
    metrics.watch_tasks(lambda: 6)
    metrics.loop_delay(0.001)
    metrics.embedding_finished("done")
    metrics.embeddings_made(0.2, num_inputs=3, num_tokens=40)
    metrics.embedding_batch(0.03)
    metrics.http_request(0.5, method="POST", route="/v1/models", status=200)
    make_step(metrics)

    text = metrics.render().decode()

    for line in (
        "unblocked_requests_accepted_total 1.0",
        'unblocked_requests_refused_total{reason="queue_full"} 1.0',
        'unblocked_requests_finished_total{outcome="stop"} 1.0',
        'unblocked_tokens_total{kind="completion"} 5.0',
        "unblocked_first_token_seconds_count 1.0",
        "unblocked_inter_token_seconds_sum 0.04",
        "unblocked_queue_seconds_count 1.0",
        'unblocked_requests_cancelled_total{stage="prefill"} 1.0',
        'unblocked_tokens_wasted_total{kind="prompt"} 8.0',
        "unblocked_engine_rebuilds_total 1.0",
        "unblocked_accepted_requests 12.0",
        "unblocked_accepted_tokens 340.0",
        "unblocked_event_loop_tasks 6.0",
        "unblocked_loop_delay_seconds_count 1.0",
        'unblocked_http_request_seconds_count{method="POST",route="/v1/models",status="200"} 1.0',
        "unblocked_sequences_waiting 3.0",
        'unblocked_embedding_requests_finished_total{outcome="done"} 1.0',
        "unblocked_embedding_inputs_total 3.0",
        "unblocked_embedding_tokens_total 40.0",
        "unblocked_embedding_request_seconds_sum 0.2",
        "unblocked_embedding_batch_seconds_count 1.0",
        "unblocked_kv_cache_max_tokens 100.0",
        'unblocked_engine_tokens_total{phase="prefill"} 7.0',
    ):
        assert line in text.splitlines(), line


def test_labels_from_outside_the_fixed_lists_become_other() -> None:
    metrics = Metrics()
    for word in ("user text", 'quo"te\nnew line', "x" * 10_000):
        metrics.request_refused(word)
        metrics.request_finished(word)
        metrics.embedding_finished(word)
        metrics.http_request(0.1, method=word, route="/v1/models", status=200)

    assert metrics.value("unblocked_requests_refused_total", reason="other") == 3
    assert metrics.value("unblocked_requests_finished_total", outcome="other") == 3
    assert metrics.value("unblocked_embedding_requests_finished_total", outcome="other") == 3
    assert b"user text" not in metrics.render()


def test_every_outcome_and_refusal_is_rendered_before_it_happens() -> None:
    text = Metrics().render().decode()
    for outcome in OUTCOMES:
        assert f'unblocked_requests_finished_total{{outcome="{outcome}"}} 0.0' in text
    for reason in REFUSALS:
        assert f'unblocked_requests_refused_total{{reason="{reason}"}} 0.0' in text


def test_two_services_in_one_process_count_apart() -> None:
    one, other = Metrics(), Metrics()
    one.request_accepted()
    assert one.value("unblocked_requests_accepted_total") == 1
    assert other.value("unblocked_requests_accepted_total") == 0


def test_faults_are_counted_by_stage_and_only_where_they_are_injected() -> None:
    metrics = Metrics()
    assert b"fault" not in metrics.render()
    count = metrics.fault_counter()
    count("prefill")
    count("prefill")
    assert metrics.value("unblocked_faults_injected_total", stage="prefill") == 2
