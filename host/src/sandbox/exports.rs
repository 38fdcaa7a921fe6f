use wasmtime::component::types::ComponentItem;
use wasmtime::component::{Component, ComponentNamedList, Lift, Lower};
use wasmtime::{Result, format_err};

use super::contract::service_manager::{
    Action, Detection, Error, Manifest, Registration, ServiceSpec, ServiceStatus,
};
use super::contract::{PACKAGE, SERVICE_MANAGER, version};

/// The functions of `service-manager` that a component exports, as types:
/// wasmtime compares them itself only once the component has been started, and
/// what does not fit is not to run at all.
pub(super) struct Exports<'a>(&'a Component);

type Answers<T> = (Vec<Result<T, Error>>,);

impl<'a> Exports<'a> {
    pub(super) fn of(component: &'a Component) -> Self {
        Self(component)
    }

    /// Whether all of them are those of the contract.
    pub(super) fn check(&self) -> Result<()> {
        self.function::<(), (Manifest,)>("describe")?;
        self.function::<(), (Option<Detection>,)>("detect")?;
        self.function::<(&str, &[ServiceSpec]), Answers<Registration>>("register")?;
        self.function::<(&str, &[String]), Answers<()>>("unregister")?;
        self.function::<(&str, &Action, &[String], Option<u64>), Answers<()>>("control")?;
        self.function::<(&str, &[String]), Answers<ServiceStatus>>("status")?;
        self.function::<(&str,), (Result<Vec<String>, Error>,)>("registered")
    }

    fn function<P, R>(&self, name: &str) -> Result<()>
    where
        P: ComponentNamedList + Lower,
        R: ComponentNamedList + Lift,
    {
        let interface = format!("{PACKAGE}/{SERVICE_MANAGER}@{}", version());
        let found = self
            .0
            .get_export_index(None, &interface)
            .and_then(|interface| self.0.get_export(Some(&interface), name));
        let Some((ComponentItem::ComponentFunc(function), _)) = found else {
            return Err(format_err!("it exports no function `{name}`"));
        };
        // What `Func::typed` does with an instance, without one.
        function
            .typecheck::<P, R>(&self.0.component_type().instance_type())
            .map_err(|error| error.context(format!("in its function `{name}`")))
    }
}
