# The front line without Rasa. From the project's folder:
#
#   docker build --file deploy/images/bot.Dockerfile --tag frontline-bot .

ARG PYTHON=docker.io/library/python:3.12-slim-bookworm

FROM ${PYTHON} AS build
ARG UV=0.13.9
ENV UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy UV_PYTHON_DOWNLOADS=never
RUN pip install --no-cache-dir --root-user-action=ignore uv==${UV}
WORKDIR /app
COPY pyproject.toml uv.lock README.md LICENSE ./
RUN uv sync --frozen --no-cache --extra bot --no-default-groups --no-install-project
COPY bot bot
COPY nlu nlu
COPY actions actions
COPY data data
RUN uv sync --frozen --no-cache --extra bot --no-default-groups && python -m compileall -q bot nlu

FROM ${PYTHON}
# Home is of whoever serves. Snapshots are mounted apart: Rasa reads them, and nothing else of it.
RUN useradd --system --uid 10001 --user-group --no-create-home --home-dir /tmp frontline \
    && install --directory --owner frontline --group frontline /var/lib/frontline /var/lib/frontline/snapshots
WORKDIR /app
COPY --from=build /app /app
ENV PATH=/app/.venv/bin:${PATH} \
    PYTHONDONTWRITEBYTECODE=1 \
    FRONTLINE_HOME=/var/lib/frontline \
    FRONTLINE_WEB__HOST=0.0.0.0 \
    FRONTLINE_RASA__ENABLED=false
USER frontline
VOLUME ["/var/lib/frontline"]
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=180s --retries=3 \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8080/healthz', timeout=2)"]
ENTRYPOINT ["frontline"]
CMD ["serve"]
