"""archiver staff: who may sign in at the desk."""

from __future__ import annotations

import secrets
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager

import click

from archiver.cli.context import State, actor
from archiver.cli.output import (
    confirm,
    json_option,
    plain,
    print_json,
    print_table,
    say,
    yes_option,
)
from archiver.config import terminal
from archiver.errors import UsageError
from archiver.operations.home import prepare
from archiver.register.accounts import accounts_of_departments, named_departments
from archiver.register.office import open_office
from archiver.staff.people import add_person, find_person, list_people, set_departments
from archiver.staff.people import disable as disable_person
from archiver.staff.people import reset_password as set_password
from archiver.staff.roles import ROLES
from archiver.staff.schema import open_staff
from archiver.staff.second_factor import factor_of, reset_factor
from archiver.staff.sessions import revoke_all

PASSWORD_BYTES = 12


@click.group()
def staff() -> None:
    """The people who sign in at the desk, and their roles."""


@contextmanager
def _staff(state: State) -> Iterator[sqlite3.Connection]:
    prepare(state.found_home)
    connection = open_staff(state.found_home)
    try:
        yield connection
    finally:
        connection.close()


def _password(from_input: bool) -> tuple[str, bool]:
    """A password, and whether we made it up."""
    if from_input:
        typed = sys.stdin.readline().rstrip("\n")
        if not typed:
            raise UsageError("no password came on standard input")
        return typed, False
    if terminal():
        typed = click.prompt(
            "Password (empty: make one up)", hide_input=True, default="", show_default=False
        )
        if typed:
            return str(typed), False
    return secrets.token_urlsafe(PASSWORD_BYTES), True


password_option = click.option(
    "--password-stdin", is_flag=True, help="Read the password from standard input."
)


@staff.command()
@click.argument("login")
@click.option("--name", required=True)
@click.option("--title", default="")
@click.option("--role", "roles", multiple=True, required=True, type=click.Choice(sorted(ROLES)))
@password_option
@json_option
@click.pass_obj
def add(
    state: State,
    login: str,
    name: str,
    title: str,
    roles: tuple[str, ...],
    password_stdin: bool,
    as_json: bool,
) -> None:
    """Let LOGIN sign in, with one or more roles."""
    password, made_up = _password(password_stdin)
    with _staff(state) as connection:
        person = add_person(
            connection,
            actor=actor(),
            login=login,
            name=name,
            title=title,
            roles=roles,
            password=password,
        )
    shown = password if made_up else None
    if as_json:
        print_json({"login": person.login, "roles": person.roles, "password": shown})
        return
    say(f"{person.name} may sign in as {person.login} ({', '.join(person.roles)}).")
    if shown:
        say(f"Password, shown once: {shown}")


@staff.command()
@click.argument("login")
@click.option(
    "--department", "departments", multiple=True, help="A department of the account register."
)
@click.option("--everything", is_flag=True, help="Take the limit away.")
@json_option
@click.pass_obj
def limit(
    state: State, login: str, departments: tuple[str, ...], everything: bool, as_json: bool
) -> None:
    """Let LOGIN see only records of some departments' accounts.

    Name every department each time: what is given replaces what was. It holds from the person's
    next click on.
    """
    if everything == bool(departments):
        raise UsageError("name departments with --department, or give --everything")
    with _staff(state) as connection, closing(open_office(state.found_home)) as office:
        named = named_departments(office, departments)
        person = set_departments(connection, login, actor=actor(), departments=named)
        accounts = len(accounts_of_departments(office, named))
    if as_json:
        print_json(
            {
                "login": person.login,
                "departments": person.departments,
                "accounts": accounts if person.departments else None,
            }
        )
    elif person.departments:
        listed = ", ".join(person.departments)
        say(f"{person.login} sees only records of {listed}: {accounts} accounts now.")
    else:
        say(f"{person.login} is limited to no department.")


@staff.command("list")
@json_option
@click.pass_obj
def list_(state: State, as_json: bool) -> None:
    """List who may sign in."""
    with _staff(state) as connection:
        found = list_people(connection)
        factors = {each.id: factor_of(connection, each.id).confirmed_at for each in found}
    if as_json:
        print_json([{**plain(each), "second_factor": bool(factors[each.id])} for each in found])
        return
    print_table(
        ["login", "name", "title", "roles", "departments", "state", "second factor"],
        [
            (
                each.login,
                each.name,
                each.title,
                ", ".join(each.roles),
                ", ".join(each.departments) or "all",
                "disabled" if each.disabled_at else "active",
                "on" if factors[each.id] else "off",
            )
            for each in found
        ],
    )


@staff.command()
@click.argument("login")
@password_option
@json_option
@click.pass_obj
def reset(state: State, login: str, password_stdin: bool, as_json: bool) -> None:
    """Give LOGIN a new password, lift a lockout, end all sessions."""
    password, made_up = _password(password_stdin)
    with _staff(state) as connection:
        set_password(connection, login, actor=actor(), password=password)
    if as_json:
        print_json({"login": login, "password": password if made_up else None})
        return
    say(f"{login} has a new password; open sessions have ended.")
    if made_up:
        say(f"Password, shown once: {password}")


@staff.command()
@click.argument("login")
@yes_option
@json_option
@click.pass_obj
def disable(state: State, login: str, yes: bool, as_json: bool) -> None:
    """Stop LOGIN from signing in and end all sessions."""
    confirm(f"Disable {login}?", yes=yes)
    with _staff(state) as connection:
        disable_person(connection, login, actor=actor())
    if as_json:
        print_json({"login": login, "disabled": True})
    else:
        say(f"{login} can no longer sign in.")


@staff.command("reset-factor")
@click.argument("login")
@yes_option
@json_option
@click.pass_obj
def reset_factor_(state: State, login: str, yes: bool, as_json: bool) -> None:
    """Take the second factor of LOGIN off and end all sessions."""
    confirm(f"Reset the second factor of {login}? Have you spoken with them?", yes=yes)
    with _staff(state) as connection:
        person = reset_factor(connection, login, actor=actor())
    if as_json:
        print_json({"login": person.login, "second_factor": False})
    else:
        say(f"{person.login} signs in with the password alone; open sessions have ended.")


@staff.command("end-sessions")
@click.argument("login")
@json_option
@click.pass_obj
def end_sessions_(state: State, login: str, as_json: bool) -> None:
    """End every session of LOGIN, wherever it is signed in."""
    with _staff(state) as connection:
        person = find_person(connection, login)
        revoke_all(connection, person, actor=actor())
    if as_json:
        print_json({"login": person.login, "sessions_ended": True})
    else:
        say(f"{person.login} is signed in nowhere now.")


@staff.command()
@click.option("--table", is_flag=True, help="Markdown: which role reaches which address.")
@json_option
def roles(table: bool, as_json: bool) -> None:
    """The roles and what each may do."""
    if table:
        # the desk is slow to load, and no other command of this group needs it
        from archiver.desk.roles_table import roles_table

        click.echo(roles_table(), nl=False)
        return
    if as_json:
        print_json(
            [
                {
                    "role": role.name,
                    "title": role.title,
                    "about": role.about,
                    "permissions": sorted(role.permissions),
                }
                for role in ROLES.values()
            ]
        )
        return
    print_table(["role", "what it is for"], [(role.name, role.about) for role in ROLES.values()])
