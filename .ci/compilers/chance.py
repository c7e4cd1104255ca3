"""What the generators choose by: the same choices for the same seed."""
import random


class Chance(random.Random):
    def once_in(self, count):
        return self.randrange(count) == 0

    def often(self):
        return self.randrange(3) > 0

    def some(self, things, least=1, most=None):
        things = list(things)
        return self.sample(things, self.randint(least, min(most or len(things), len(things))))

    def put(self, target, key, values, once_in=2):
        "sets a key to one of the values, sometimes"
        if self.once_in(once_in):
            target[key] = self.choice(values)
