# The command line of LeadSync, for docker-compose.yml.
FROM python:3.12-slim

RUN useradd --create-home --uid 10001 leadsync
COPY pyproject.toml README.md LICENSE /source/
COPY leadsync /source/leadsync
RUN pip install --no-cache-dir /source && rm -r /source

USER leadsync
WORKDIR /home/leadsync
ENTRYPOINT ["leadsync"]
CMD ["--help"]
