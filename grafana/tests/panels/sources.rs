//! The data sources, which the reader of the gallery chooses.

use belvedere_grafana::dashboard::Variable;
use belvedere_grafana::datasource::{CloudWatch, DataSourceRef, LogQl, PromQl, Sql, TraceQl, XRay};

pub(crate) fn prometheus() -> DataSourceRef<PromQl> {
    Variable::data_source::<PromQl>("metrics").reference()
}

pub(crate) fn loki() -> DataSourceRef<LogQl> {
    Variable::data_source::<LogQl>("logs").reference()
}

pub(crate) fn tempo() -> DataSourceRef<TraceQl> {
    Variable::data_source::<TraceQl>("traces").reference()
}

pub(crate) fn cloudwatch() -> DataSourceRef<CloudWatch> {
    Variable::data_source::<CloudWatch>("aws").reference()
}

pub(crate) fn x_ray() -> DataSourceRef<XRay> {
    Variable::data_source::<XRay>("xray").reference()
}

pub(crate) fn sql() -> DataSourceRef<Sql> {
    Variable::data_source::<Sql>("sql").reference()
}
