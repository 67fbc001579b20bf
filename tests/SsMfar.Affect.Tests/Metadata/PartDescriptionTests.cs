using System.Collections.Immutable;
using SsMfar.Metadata;

namespace SsMfar.Tests.Metadata;

public sealed class PartDescriptionTests
{
    [Fact]
    public void Settings_read_in_one_order_in_every_culture()
    {
        // As a culture's rules would sort them.
        ImmutableSortedDictionary<string, string> settings =
            ImmutableSortedDictionary.Create<string, string>(StringComparer.OrdinalIgnoreCase).Add("depth", "2").Add("Units", "3");

        new PartDescription("my", settings).ToString().Should().Be("my(Units=3, depth=2)");
        new PartDescription("my").With("depth", 2).With("Units", 3).ToString().Should().Be("my(Units=3, depth=2)");
    }
}
