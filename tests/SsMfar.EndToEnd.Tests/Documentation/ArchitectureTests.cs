namespace SsMfar.Tests.Documentation;

/// <summary>The diagram of rooms says what the code does.</summary>
public sealed class ArchitectureTests
{
    private static readonly HashSet<(string From, string To)> Drawn = RoomDiagram.Drawn(File.ReadAllText(RoomDiagram.Page));

    private static readonly HashSet<(string From, string To)> Real = [.. RoomDiagram.Real()];

    [Fact]
    public void Every_drawn_arrow_is_a_reference()
    {
        Drawn.Should().NotBeEmpty();
        Text(Drawn.Except(Real)).Should().BeEmpty("an arrow means that types of the one know types of the other");
    }

    [Fact]
    public void Every_reference_between_rooms_follows_from_the_drawn_arrows() =>
        Text(Real.Except(RoomDiagram.Closure(Drawn))).Should().BeEmpty("whoever reads the diagram would take it for forbidden");

    [Fact]
    public void The_drawn_arrows_lead_nowhere_back() =>
        Text(RoomDiagram.Closure(Drawn).Where(arrow => arrow.From == arrow.To)).Should().BeEmpty();

    [Fact]
    public void A_wrong_arrow_and_a_missing_one_are_found()
    {
        HashSet<(string From, string To)> drawn = RoomDiagram.Drawn("""
            text
            ```mermaid
            flowchart TD
                Core_Losses --> Core_Training & Core_Data[what is read]
                Core_Losses["a label"]
                Affect --> Core
            ```
            ```mermaid
            flowchart TD
                Other --> Diagram
            ```
            """);

        drawn.Should().BeEquivalentTo([("Core_Losses", "Core_Training"), ("Core_Losses", "Core_Data"), ("Affect", "Core")]);
        drawn.Except(Real).Should().Contain([("Core_Losses", "Core_Training"), ("Affect", "Core")]);
        Real.Except(RoomDiagram.Closure(drawn)).Should().Contain([("Core_Training", "Core_Losses"), ("Core", "Affect")]);
        RoomDiagram.Closure([("a", "b"), ("b", "c"), ("c", "a")]).Should().Contain([("a", "c"), ("a", "a")]);
    }

    // All of them in one message.
    private static string Text(IEnumerable<(string From, string To)> arrows) =>
        string.Join("; ", arrows.Select(arrow => $"{arrow.From} --> {arrow.To}").Order(StringComparer.Ordinal));
}
