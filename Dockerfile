# The service with the bundled model. CPU by default; CUDA by build argument:
#
#   docker build -t unblocked --build-arg TORCH_INDEX_URL=<wheel index> .
#
# TORCH_INDEX_URL is the wheel index that pytorch.org's "Get started" page names for what you have: its CPU one, or one
# for your CUDA version. Left empty, torch comes from the default index, whose Linux build carries the CUDA libraries
# (gigabytes): that image runs on GPUs and on CPUs.
ARG PYTHON_IMAGE=python:3.11-slim

FROM ${PYTHON_IMAGE} AS builder
ARG TORCH_INDEX_URL=
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
RUN python -m venv /opt/venv
WORKDIR /build
# Only what decides the dependencies: a change of code does not install them again.
COPY pyproject.toml constraints.txt ./
RUN /opt/venv/bin/python -c "import tomllib; print(*tomllib.load(open('pyproject.toml', 'rb'))['project']['dependencies'], sep='\n')" > requirements.txt \
    && /opt/venv/bin/pip install ${TORCH_INDEX_URL:+--extra-index-url "$TORCH_INDEX_URL"} -c constraints.txt -r requirements.txt
# The engine's decoder in C, by a compiler that stays behind.
COPY app/__init__.py app/__init__.py
COPY app/engine/__init__.py app/engine/__init__.py
COPY app/engine/native/ app/engine/native/
RUN /opt/venv/bin/pip install --target /tmp/compiler -c constraints.txt ziglang \
    && PYTHONPATH=/tmp/compiler CC="/opt/venv/bin/python -m ziglang cc" /opt/venv/bin/python -m app.engine.native.build
# Headers, static libraries and test programs of torch are for building on it, pip is for changing the environment.
RUN cd /opt/venv/lib/python3*/site-packages/torch \
    && rm -rf include share test \
    && find bin -mindepth 1 ! -name torch_shm_manager -delete \
    && find /opt/venv -name '*.a' -delete \
    && /opt/venv/bin/pip uninstall -qy pip

FROM ${PYTHON_IMAGE}
# tini reaps orphaned workers and passes SIGTERM on.
RUN apt-get update \
    && apt-get install -y --no-install-recommends tini \
    && rm -rf /var/lib/apt/lists/* /var/cache/apt/* \
    && groupadd --gid 10001 app \
    && useradd --uid 10001 --gid app --home-dir /home/app --create-home --shell /usr/sbin/nologin app \
    && install -d -o app -g app /cache /models
COPY --from=builder /opt/venv /opt/venv
WORKDIR /srv
COPY LICENSE ./
COPY models/ models/
COPY app/ app/
COPY --from=builder /build/app/engine/native/built app/engine/native/built
RUN /opt/venv/bin/python -m compileall -q app models

# /models: models of yours (UNBLOCKED_MODEL=/models/name); /cache: what is downloaded from a hub. Nothing else is written
# but /tmp, so the root file system can be read-only.
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    HF_HOME=/cache/huggingface \
    XDG_CACHE_HOME=/cache \
    UNBLOCKED_HOST=0.0.0.0 \
    UNBLOCKED_PORT=8000
USER 10001:10001
VOLUME ["/cache", "/models"]
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=120s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as u; u.urlopen(f\"http://127.0.0.1:{os.environ['UNBLOCKED_PORT']}/healthz\", timeout=4)"]
ENTRYPOINT ["tini", "--"]
CMD ["python", "-m", "app", "serve"]
