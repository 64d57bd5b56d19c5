"""JSON in a template: what CloudFormation resolves is put into a text, and what the text repeats stands there once."""

import re
from collections import Counter
from collections.abc import Iterable
from string import ascii_letters
from typing import Any

from troposphere import AWSHelperFn, GetAtt, Join, Ref, Split, Sub

#: Stands for a quotation mark until CloudFormation puts it in: JSON in JSON would cost a seventh of the template.
QUOTE = "`"
#: What a variable of ``Fn::Sub`` takes in the template beside its value, and what one takes that is a text with
#: variables of its own.
VARIABLE, NESTED = len('"a":,'), len('{"Fn::Sub":}')


class Substitution:
    """Puts what CloudFormation resolves into a text for ``Fn::Sub``."""

    def __init__(self) -> None:
        self._variables: dict[str, AWSHelperFn | str] = {}

    def text(self, value: Any) -> Any:
        """A literal as it is, anything else as ``${...}``."""
        if not isinstance(value, AWSHelperFn):
            return value
        if isinstance(value, Ref):
            return f"${{{value.data['Ref']}}}"
        if isinstance(value, GetAtt):
            return f"${{{'.'.join(value.data['Fn::GetAtt'])}}}"
        if isinstance(value, Sub) and isinstance(value.data["Fn::Sub"], str):
            return value.data["Fn::Sub"]
        for name, known in self._variables.items():
            if isinstance(known, AWSHelperFn) and known.to_dict() == value.to_dict():
                return f"${{{name}}}"
        name = f"Value{len(self._variables)}"
        self._variables[name] = value
        return f"${{{name}}}"

    def number(self, value: Any) -> Any:
        """As `text`, but to stand in JSON without quotes."""
        return value if not isinstance(value, AWSHelperFn) else f"#{self.text(value)}#"

    def filled(self, text: str, repeated: Iterable[str] = ()) -> AWSHelperFn:
        """The finished text, in which a template of JSON shows JSON's quotes as `QUOTE`, not as two characters each.

        Of `repeated` parts those become variables that are there often enough.
        """
        text = re.sub(r'"#(\$\{[^"]*\})#"', r"\1", text)
        if QUOTE in text:
            return Sub(self._short(text), *([self._variables] if self._variables else []))
        text = text.replace('"', QUOTE)
        for part in repeated:
            text = self._once(text, part.replace('"', QUOTE))
        text = self._short(text)
        return Join('"', Split(QUOTE, Sub(text, *([self._variables] if self._variables else []))))

    def _once(self, text: str, part: str) -> str:
        """The text with a variable for a part of it, if that is shorter."""
        names = set(re.findall(r"\$\{([^}]+)\}", part))
        variable = f"${{{self._letter(text)}}}"
        spared = text.count(part) * (len(part) - len(variable))
        if names & self._variables.keys() or spared <= len(part) + VARIABLE + (NESTED if names else 0):
            return text
        self._variables[variable[2:-1]] = Sub(part) if names else part
        return text.replace(part, variable)

    def _short(self, text: str) -> str:
        """The text with letters for what it names so often that a variable is shorter."""
        often = Counter(re.findall(r"\$\{([\w:.]+)\}", text))
        for name, times in often.items():
            # By and large: {"Fn::GetAtt":["Name","Arn"]} or {"Ref":"Name"}.
            if name not in self._variables and times * (len(name) - 1) > len(name) + 35:
                letter = self._letter(text)
                title, _, attribute = name.partition(".")
                self._variables[letter] = GetAtt(title, attribute) if attribute else Ref(name)
                text = text.replace(f"${{{name}}}", f"${{{letter}}}")
        return text

    def _letter(self, text: str) -> str:
        return next(one for one in ascii_letters if one not in self._variables and f"${{{one}}}" not in text)
