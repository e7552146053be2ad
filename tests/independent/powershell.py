"""The commands of a line of PowerShell, read with tree-sitter's grammar of it. Only what runbooks use is understood; all else
is an error, so that nothing is passed over."""
import dataclasses

import tree_sitter
import tree_sitter_powershell

PARSER = tree_sitter.Parser(tree_sitter.Language(tree_sitter_powershell.language()))
# PowerShell takes all of these for a single quote (about_Quoting_Rules); the grammar knows the first only.
QUOTES = "'\u2018\u2019\u201a\u201b"
# Written between the operands and the operators of an expression; no meaning of their own.
WRAPPERS = {"program", "statement_list", "pipeline", "logical_expression", "bitwise_expression", "comparison_expression",
            "multiplicative_expression", "format_expression", "range_expression", "unary_expression", "script_block",
            "script_block_body", "script_block_expression", "argument_expression_list", "argument_expression",
            "logical_argument_expression", "bitwise_argument_expression", "comparison_argument_expression",
            "additive_argument_expression", "multiplicative_argument_expression", "format_argument_expression",
            "range_argument_expression", "integer_literal"}


class NotUnderstood(Exception):
    pass


@dataclasses.dataclass
class Command:
    """A cmdlet with its parameters; a switch has the value `True`. `property` is the one that is taken of what it gives."""
    name: str
    parameters: dict
    property: str | None = None


@dataclasses.dataclass
class ForEach:
    """Another command for each row of the one before; `It` stands for the row."""
    first: Command
    then: Command


@dataclasses.dataclass
class It:
    property: str


def parse(line):
    """The tree of a line, if the grammar has nothing to object to and nothing is left over."""
    tree = PARSER.parse(line.encode())
    if tree.root_node.has_error:
        raise NotUnderstood(f"not PowerShell: {line}")
    return tree.root_node


def read(line):
    """The one command of a line."""
    return value(parse(line))


def value(node):
    children = node.named_children
    text = node.text.decode()
    match node.type:
        case "string_literal":
            return literal(text)
        case "generic_token":
            return text
        case "hexadecimal_integer_literal":
            return int(text, 16)
        case "variable":
            return variable(text)
        case "parenthesized_expression":
            return value(only(node))
        case "additive_expression" if len(children) == 2 and [c.type for c in node.children][1] == "+":
            first, second = (value(child) for child in children)
            if not isinstance(first, str) or not isinstance(second, str):
                raise NotUnderstood(f"not two texts: {text}")
            return first + second
        case "additive_expression" | "array_literal_expression" if len(children) == 1:
            return value(children[0])
        case "array_literal_expression":
            return [value(child) for child in children]
        case "array_expression":
            found = value(only(node))
            return found if isinstance(found, list) else [found]
        case "invokation_expression":
            return invocation(node)
        case "member_access":
            return member(node)
        case "pipeline_chain":
            return chain(children)
        case "command":
            return command(children)
        case kind if kind in WRAPPERS:
            return value(only(node))
    raise NotUnderstood(f"{node.type}: {text}")


def only(node):
    if len(node.named_children) != 1:
        raise NotUnderstood(f"{node.type} with {len(node.named_children)} parts: {node.text.decode()}")
    return node.named_children[0]


def literal(text):
    """What a text between single quotes says. A quote of any sort in it is written twice, or PowerShell ends it there."""
    if len(text) < 2 or text[0] not in QUOTES or text[-1] not in QUOTES:
        raise NotUnderstood(f"not between single quotes: {text}")
    said, rest = "", text[1:-1]
    while rest:
        if rest[0] in QUOTES:
            if len(rest) < 2 or rest[1] not in QUOTES:
                raise NotUnderstood(f"it ends early: {text}")
            said, rest = said + rest[1], rest[2:]
        else:
            said, rest = said + rest[0], rest[1:]
    return said


def variable(text):
    known = {"$true": True, "$false": False, "$null": None}
    if text.lower() not in known:
        raise NotUnderstood(f"variable {text}")
    return known[text.lower()]


def invocation(node):
    kinds = {child.type: child for child in node.named_children}
    called = (kinds["type_literal"].text, kinds["member_name"].text) if len(kinds) == 3 and "type_literal" in kinds else None
    if called != (b"[char]", b"ConvertFromUtf32"):
        raise NotUnderstood(f"call of {node.text.decode()}")
    return chr(value(only(kinds["argument_list"])))


def member(node):
    of, name = node.named_children
    if of.text == b"$_":
        return It(name.text.decode())
    found = value(of)
    if not isinstance(found, Command):
        raise NotUnderstood(f"property of {of.text.decode()}")
    found.property = name.text.decode()
    return found


def chain(children):
    parts = [value(child) for child in children]
    if len(parts) == 1:
        return parts[0]
    if len(parts) == 2 and parts[1].name == "ForEach-Object":
        (then,) = parts[1].parameters.values()
        return ForEach(parts[0], then)
    raise NotUnderstood(f"a pipeline of {len(parts)}")


def command(children):
    name, elements = children[0], children[1].named_children if len(children) > 1 else []
    if name.type != "command_name" or len(children) > 2:
        raise NotUnderstood(f"command {[child.type for child in children]}")
    parameters, current = {}, None
    for element in elements:
        if element.type == "command_argument_sep":
            continue
        if element.type == "command_parameter":
            current = element.text.decode().removeprefix("-")
            if current in parameters:
                raise NotUnderstood(f"-{current} is there twice")
            parameters[current] = True
            continue
        if current is None and name.text != b"ForEach-Object":
            raise NotUnderstood(f"a value without a name: {element.text.decode()}")
        key = current or "Process"
        if parameters.get(key, True) is not True:
            raise NotUnderstood(f"a second value of -{key}: {element.text.decode()}")
        parameters[key], current = value(element), None
    return Command(name.text.decode(), parameters)


def native(line):
    """The words that a program gets of a line of PowerShell that calls it. Windows PowerShell (5.1) hands double quotes and
    empty texts on as they are, where the program reads something else, so that none may be there."""
    found = [node for node in walk(parse(line)) if node.type == "command"]
    if len(found) != 1 or len(found[0].named_children) != 2:
        raise NotUnderstood(f"not one command: {line}")
    name, elements = found[0].named_children
    words = [str(value(element)) if element.type != "generic_token" else element.text.decode()
             for element in elements.named_children if element.type != "command_argument_sep"]
    if any('"' in word or word == "" or word.endswith("\\") for word in words):
        raise NotUnderstood(f"the program would read something else: {line}")
    return [name.text.decode(), *words]


def walk(node):
    yield node
    for child in node.named_children:
        yield from walk(child)
