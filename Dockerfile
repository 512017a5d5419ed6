# docker build -t storyfold .     or:  buildah build --format docker -t storyfold .
# Debian trixie, or an image based on it.
ARG BASE=docker.io/library/debian:trixie-slim

# Debian's Python, which gets Debian's security updates. libstdc++6 is for numpy; the certificates
# are for HTTPS requests: webhooks, feeds and sitemaps.
FROM ${BASE} AS python
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends python3 libstdc++6 ca-certificates \
    && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/log/*

FROM python AS build
# hadolint ignore=DL3008
RUN apt-get update && apt-get install -y --no-install-recommends binutils python3-venv \
    && rm -rf /var/lib/apt/lists/*
RUN python3 -m venv /opt/storyfold
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
# The requirements have a layer of their own, so that a change of the code does not install them
# again. Wheels only: building from source would download build tools without checking a hash.
# "semantic" adds the encoder of sentence vectors, 33 MB.
ARG REQUIREMENTS=runtime
COPY requirements/${REQUIREMENTS}.txt /src/requirements/
RUN /opt/storyfold/bin/pip install --no-compile --only-binary :all: --require-hashes \
    -r "/src/requirements/${REQUIREMENTS}.txt"
# The compiler is gone again after this layer, which is made anew only with the kernels.
COPY requirements/kernels.txt /src/requirements/
COPY scripts/build-kernels.sh /src/scripts/
COPY clustering/kernels /src/clustering/kernels
RUN sh /src/scripts/build-kernels.sh /opt/storyfold/bin/python
COPY pyproject.toml LICENSE /src/
COPY clustering /src/clustering
COPY service /src/service
COPY seeds /src/seeds
COPY scripts/slim-image.sh scripts/write_sbom.py /src/scripts/
# The final image needs no build tools and no installer.
RUN /opt/storyfold/bin/pip install --no-compile --no-deps --no-build-isolation /src \
    && /opt/storyfold/bin/pip uninstall --yes \
        hatchling pathspec pluggy tomlkit trove-classifiers pip \
    && sh /src/scripts/slim-image.sh /opt/storyfold
# The bill of materials: the Python packages here, and the Debian packages of the final image.
COPY --from=python /var/lib/dpkg/status /src/dpkg-status
RUN /opt/storyfold/bin/python /src/scripts/write_sbom.py \
    /src/dpkg-status /opt/storyfold/sbom.cdx.json
# Running it once tests the image, and compiles the modules: at run time the file system may be
# read-only.
WORKDIR /
RUN /opt/storyfold/bin/storyfold cluster /src/seeds/starter.jsonl > /dev/null \
    && /opt/storyfold/bin/python -c "import feedparser, psycopg, trafilatura, warcio.archiveiterator" \
    && /opt/storyfold/bin/python -c \
        "from clustering.kernels.library import load_kernels; assert load_kernels()"

FROM python
# A fixed uid, so that the owner of a mounted /data can be set from outside.
RUN echo 'storyfold:x:10001:10001::/data:/usr/sbin/nologin' >> /etc/passwd \
    && echo 'storyfold:x:10001:' >> /etc/group \
    && mkdir /data && chown 10001:10001 /data
COPY --from=build /opt/storyfold /opt/storyfold
ENV PATH=/opt/storyfold/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    STORYFOLD_DB=/data/storyfold.db
USER 10001:10001
WORKDIR /data
VOLUME /data
EXPOSE 8080
STOPSIGNAL SIGTERM
# Python instead of curl, which slim images lack.
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python3", "-c", "import http.client as h; c = h.HTTPConnection('127.0.0.1', 8080, timeout=4); c.request('GET', '/readyz'); raise SystemExit(c.getresponse().status != 200)"]
CMD ["storyfold", "serve", "--host", "0.0.0.0", "--port", "8080"]
