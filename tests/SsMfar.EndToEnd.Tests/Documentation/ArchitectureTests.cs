namespace SsMfar.Tests.Documentation;

/// <summary>The diagram of rooms says what the code does.</summary>
public sealed class ArchitectureTests
{
    private static readonly HashSet<(string From, string To)> Drawn = RoomDiagram.Drawn(File.ReadAllText(RoomDiagram.Page));

    private static readonly HashSet<(string From, string To)> Real = RoomDiagram.Real();

    [Fact]
    public void Every_drawn_arrow_is_a_reference()
    {
        Drawn.Should().NotBeEmpty();
        Drawn.Except(Real).Select(Text).Should().BeEmpty("an arrow means that types of the one know types of the other");
    }

    [Fact]
    public void Every_reference_between_rooms_follows_from_the_drawn_arrows() =>
        Real.Except(RoomDiagram.Closure(Drawn)).Select(Text).Should().BeEmpty("whoever reads the diagram would take it for forbidden");

    [Fact]
    public void The_drawn_arrows_lead_nowhere_back() =>
        RoomDiagram.Closure(Drawn).Where(arrow => arrow.From == arrow.To).Select(arrow => arrow.From).Should().BeEmpty();

    [Fact]
    public void A_wrong_arrow_and_a_missing_one_are_found()
    {
        HashSet<(string From, string To)> drawn = RoomDiagram.Drawn("""
            text
            ```mermaid
            flowchart TD
                Losses --> Training & Data[what is read]
                Losses["a label"]
            ```
            ```mermaid
            flowchart TD
                Other --> Diagram
            ```
            """);

        drawn.Should().BeEquivalentTo([("Losses", "Training"), ("Losses", "Data")]);
        drawn.Except(Real).Should().Contain(("Losses", "Training"));
        Real.Except(RoomDiagram.Closure(drawn)).Should().Contain(("Training", "Losses"));
        RoomDiagram.Closure([("a", "b"), ("b", "c"), ("c", "a")]).Should().Contain([("a", "c"), ("a", "a")]);
    }

    private static string Text((string From, string To) arrow) => $"{arrow.From} --> {arrow.To}";
}
