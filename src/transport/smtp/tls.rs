//! Which certificates the relay may show: those of the configured CA file, or of the system's store. Nothing turns the check off.

use std::{path::Path, sync::Arc};

use rustls::{ClientConfig, RootCertStore, crypto::ring};
use rustls_pki_types::{CertificateDer, ServerName, pem::PemObject};
use tokio_rustls::TlsConnector;

use super::super::{Relay, TransportError};

/// The connector and the name to check for `relay`.
pub(super) async fn connector(relay: &Relay) -> Result<(TlsConnector, ServerName<'static>), TransportError> {
    let name = relay.server_name.as_ref().unwrap_or(&relay.host).trim_end_matches('.').to_owned();
    let name = ServerName::try_from(name).map_err(|_| TransportError::BadServerName)?;
    let ca_file = relay.ca_file.clone();
    let roots = tokio::task::spawn_blocking(move || roots(ca_file.as_deref())).await.map_err(|_| TransportError::NoCa)??;
    // The provider is named, because `builder()` panics at run time as soon as any crate adds a second one.
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|_| TransportError::NoCa)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok((TlsConnector::from(Arc::new(config)), name))
}

fn roots(ca_file: Option<&Path>) -> Result<RootCertStore, TransportError> {
    let certificates = match ca_file {
        Some(path) => {
            let pem = std::fs::read(path).map_err(|error| TransportError::CaFile(error.kind()))?;
            CertificateDer::pem_slice_iter(&pem).collect::<Result<Vec<_>, _>>().map_err(|_| TransportError::NoCa)?
        }
        None => rustls_native_certs::load_native_certs().certs,
    };
    let mut roots = RootCertStore::empty();
    let (_usable, unusable) = roots.add_parsable_certificates(certificates);
    // One bad certificate in a file of our own is a mistake to hear of; in a system's store it is usual.
    if roots.is_empty() || (ca_file.is_some() && unusable > 0) { Err(TransportError::NoCa) } else { Ok(roots) }
}
