# One Rasa process, with the model trained from data/rasa while the image is built. From the project's folder:
#
#   docker build --file deploy/images/rasa.Dockerfile --tag frontline-rasa .

ARG PYTHON=docker.io/library/python:3.10-slim-bookworm

FROM ${PYTHON} AS build
ARG UV=0.13.9
ENV UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy UV_PYTHON_DOWNLOADS=never RASA_TELEMETRY_ENABLED=false
RUN pip install --no-cache-dir --root-user-action=ignore uv==${UV}
WORKDIR /app
COPY pyproject.toml uv.lock README.md LICENSE ./
RUN uv sync --frozen --no-cache --extra rasa --no-default-groups --no-install-project
COPY config.yml ./
COPY nlu nlu
COPY actions actions
COPY data/rasa data/rasa
RUN .venv/bin/python -m actions.train --out model/model.tar.gz && rm -r model/cache && .venv/bin/python -m compileall -q actions nlu

FROM ${PYTHON}
# The folder of snapshots is whose who fills it: an empty volume takes its owner from here.
RUN useradd --system --uid 10002 --user-group --no-create-home --home-dir /tmp rasa \
    && install --directory --owner 10001 --group 10001 /var/lib/frontline/snapshots
WORKDIR /app
COPY --from=build /app /app
ENV PATH=/app/.venv/bin:${PATH} \
    PYTHONDONTWRITEBYTECODE=1 \
    OMP_NUM_THREADS=1 \
    RASA_TELEMETRY_ENABLED=false \
    FRONTLINE_SNAPSHOTS=/var/lib/frontline/snapshots
USER rasa
EXPOSE 5005
STOPSIGNAL SIGTERM
# The port opens when the model is loaded.
HEALTHCHECK --interval=10s --timeout=3s --start-period=120s --retries=3 \
    CMD ["python", "-c", "import socket; socket.create_connection(('127.0.0.1', 5005), timeout=2)"]
ENTRYPOINT ["python", "-m", "actions.server"]
CMD ["--host", "0.0.0.0", "--port", "5005", "--model", "model/model.tar.gz", "--parent", "0"]
