FROM golang:1.26 AS build
WORKDIR /src

# Modules first: they change less often than the code, and this layer is then reused.
COPY go.mod go.sum ./
RUN go mod download

COPY *.go ./
COPY api/ api/
COPY controllers/ controllers/
COPY internal/ internal/
COPY webhooks/ webhooks/

ARG TARGETOS
ARG TARGETARCH
ARG VERSION=dev
RUN CGO_ENABLED=0 GOOS=${TARGETOS} GOARCH=${TARGETARCH} \
    go build -trimpath -buildvcs=false -ldflags "-s -w -X main.version=${VERSION}" \
    -o /licensing-operator .

# The binary is static. Beside it only the roots that outgoing TLS trusts.
FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /licensing-operator /licensing-operator
USER 65532:65532
ENTRYPOINT ["/licensing-operator"]
