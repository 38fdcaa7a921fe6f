//! The image that `docker/` makes: one list of cases, for the engine of this machine
//! and for the same files in namespaces.

mod account;
mod attacks;
mod boot;
mod command;
mod deaths;
mod engine;
mod files;
mod lease;
mod s6_overlay;
mod state;
mod upgrade;

use hermes_tests::{ImageHost, Requirement, leave_to_another, missing, require};

macro_rules! cases {
    ($($module:ident: $($case:ident),+ $(,)?;)+) => {
        mod docker {
            use super::{ImageHost, require, $($module),+};
            $($(
                #[test]
                fn $case() {
                    if super::lacks_engine() {
                        return;
                    }
                    require!(Root, Bootstrap);
                    $module::$case(ImageHost::Docker);
                }
            )+)+
        }
        mod namespaces {
            use super::{ImageHost, require, $($module),+};
            $($(
                #[test]
                fn $case() {
                    require!(Root, Namespaces, Bootstrap);
                    $module::$case(ImageHost::Namespaces);
                }
            )+)+
        }
    };
}

cases! {
    account:
        the_account_gets_the_numbers_of_the_operators_files,
        other_numbers_than_an_account_can_have_are_refused,
        whoever_enters_as_root_works_as_the_account,
        the_container_may_run_as_another_user,
        a_user_who_cannot_use_run_or_the_volume_is_told,
        what_root_left_on_the_volume_is_given_back;
    attacks:
        the_agent_cannot_write_what_root_executes,
        a_planted_service_runs_as_the_agent,
        links_at_every_place_that_root_touches_lead_nowhere,
        no_fifo_holds_up_the_boot,
        a_file_with_a_second_name_keeps_its_owner,
        directories_that_become_links_meanwhile_lead_nowhere,
        programs_on_the_volume_are_never_roots,
        a_hostile_env_file_is_only_read;
    boot:
        a_gateway_is_created_started_stopped_and_deleted,
        a_restart_brings_back_what_was_wanted,
        stale_files_are_removed,
        a_new_volume_is_seeded_and_nothing_is_replaced,
        the_first_state_is_running_only_where_that_is_asked_for,
        a_stop_lets_gateways_finish_and_changes_no_intent,
        a_gateway_that_ignores_a_stop_does_not_hold_up_the_container,
        gateways_get_the_environment_of_the_container,
        what_gateways_say_is_in_the_log_and_in_the_containers_output,
        scripts_of_the_operator_run_at_the_start_and_at_the_end;
    command:
        a_program_runs_as_the_account_and_its_exit_code_is_the_containers,
        verbs_go_to_hermes_host_whatever_else_has_their_name,
        gateway_run_starts_the_supervised_gateway_and_stays_with_it,
        gateway_run_ends_with_the_exit_code_of_its_gateway,
        gateway_run_is_not_supervised_where_that_is_asked_for,
        a_gateway_that_is_not_supervised_runs_once,
        a_stopped_container_comes_back_with_its_gateway_run;
    deaths:
        a_killed_gateway_comes_back,
        a_killed_tree_comes_back_with_one_gateway_each,
        a_killed_lease_holder_ends_its_gateways_and_gets_them_back,
        a_killed_container_comes_back,
        orphans_leave_no_zombies;
    engine:
        a_read_only_container_needs_a_place_for_run,
        the_rights_that_root_needs_are_few;
    files: what_root_executes_belongs_to_root_alone;
    lease:
        a_second_container_waits_for_the_first,
        a_container_that_waits_takes_no_file_away,
        a_second_container_takes_over_from_a_killed_one;
    state: every_state_of_hermes_agent_and_every_intent_decides_what_starts;
    upgrade:
        a_volume_of_a_removed_container_comes_up_in_a_new_one,
        a_volume_of_hermes_agent_comes_up_as_it_was;
}

/// Not every machine can have one.
fn lacks_engine() -> bool {
    let missing = missing(&[Requirement::Docker]);
    if let Some(reason) = &missing {
        leave_to_another(reason);
    }
    missing.is_some()
}

macro_rules! of_the_engine {
    ($($module:ident: $case:ident),+ $(,)?) => {$(
        #[test]
        fn $case() {
            if !lacks_engine() {
                require!(Root, Bootstrap);
                $module::$case(ImageHost::Docker);
            }
        }
    )+};
}

of_the_engine! {
    engine: an_init_of_the_engine_may_be_process_1,
    engine: the_engine_sees_whether_all_that_is_wanted_runs,
    engine: an_interrupt_at_the_terminal_is_the_commands,
    s6_overlay: the_other_init_is_downloaded_and_compared,
}
