# The portal, its workers and the simulator: one image, without tests and embedded servers.
FROM python:3.13-slim-trixie AS build
ENV UV_PROJECT_ENVIRONMENT=/venv UV_PYTHON_DOWNLOADS=never UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy
WORKDIR /app
RUN pip install --no-cache-dir uv
COPY pyproject.toml uv.lock .python-version ./
RUN uv sync --frozen --no-default-groups
COPY . .
# Collecting needs settings that can be read, not ones that lead anywhere.
RUN DATABASE_URL=postgresql:///none SECRET_KEY=only-for-this-step \
    VOUCHER_KEYS="$(/venv/bin/python manage.py make_voucher_key)" \
    VALUETOPUP_BASE_URL=https://none.invalid/ VALUETOPUP_USER_ID=none VALUETOPUP_PASSWORD=none \
    /venv/bin/python manage.py collectstatic --noinput \
    && /venv/bin/python -m compileall -q portal topup catalog ledger valuetopup

FROM python:3.13-slim-trixie
# pg_dump and pg_restore, for `manage.py backup` and `restore`: trixie has 17, as the server is.
RUN apt-get update && apt-get install --yes --no-install-recommends postgresql-client \
    && rm -rf /var/lib/apt/lists/*
RUN useradd --system --uid 10001 --home-dir /var/lib/topnet --create-home topnet
COPY --from=build /venv /venv
COPY --from=build /app /app
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1
WORKDIR /app
USER topnet
EXPOSE 8000
CMD ["gunicorn", "-c", "python:portal.gunicorn_conf", "--bind", "0.0.0.0:8000", "portal.wsgi"]
