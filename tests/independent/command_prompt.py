"""The words that a program gets of a line of cmd that calls it, as Microsoft describes its reading («Parsing C command-line
arguments», and `cmd /?` for the signs that cmd itself takes)."""


class NotUnderstood(Exception):
    pass


def words(line):
    found, word, inside, begun = [], "", False, False
    for character in line:
        if character in "%!" or ord(character) < 32:
            raise NotUnderstood(f"cmd puts something else in its place: {line}")
        if character == '"':
            if word.endswith("\\"):
                raise NotUnderstood(f"the quote is taken for a part of the text: {line}")
            inside, begun = not inside, True
        elif inside:
            word += character
        elif character == " ":
            if begun:
                found.append(word)
            word, begun = "", False
        elif character in "&|<>^()":
            raise NotUnderstood(f"cmd takes it for its own: {line}")
        else:
            word, begun = word + character, True
    if inside:
        raise NotUnderstood(f"a quote does not end: {line}")
    return [*found, word] if begun else found
