using SsMfar.Runtime;
using SsMfar.SemiSupervised;
using SsMfar.Tests.Losses;
using TorchSharp;
using static SsMfar.Tests.Losses.LossTestData;

namespace SsMfar.Tests.SemiSupervised;

/// <summary>What a policy keeps: its tensors' life, their device, and loading all or nothing.</summary>
public sealed class PolicyStateTests
{
    [Fact]
    public void A_state_that_does_not_fit_is_refused_and_nothing_of_it_is_taken_over()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using PolicyState state = Make();
        Dictionary<string, torch.Tensor> Saved() => new() { ["first"] = Vector([8, 9]), ["second"] = Indices([5, 6, 7]) };

        Refused(saved => saved.Remove("second"), "*lacks 'second'*");
        Refused(saved => saved["second"] = Vector([5, 6, 7]), "*'second' is Float64 ?3]*Int64 ?3]*");
        Refused(saved => saved["second"] = Indices([5, 6]), "*'second' is Int64 ?2]*Int64 ?3]*");
        Refused(saved => saved["first"] = Matrix([8, 9], 1, 2), "*'first' is Float64 ?1, 2]*Float64 ?2]*");

        Dictionary<string, torch.Tensor> good = Saved();
        state.Load(good);
        good["first"].fill_(Scalars.Of(0));
        state["first"].Host().Should().Equal([8, 9], "the values are copied");
        state["second"].Host().Should().Equal(5, 6, 7);

        void Refused(Action<Dictionary<string, torch.Tensor>> spoil, string message)
        {
            Dictionary<string, torch.Tensor> saved = Saved();
            spoil(saved);
            FluentActions.Invoking(() => state.Load(saved)).Should().Throw<ArgumentException>().WithMessage(message);
            state["first"].Host().Should().Equal(0.5, 0.5);
            state["second"].Host().Should().Equal(-1, -1, -1);
        }
    }

    [Fact]
    public void Tensors_outlive_the_scope_that_made_them_and_go_with_the_state()
    {
        PolicyState state;
        using (torch.NewDisposeScope())
        {
            state = Make();
            state.Add("values", [3.0, 4]);
        }

        torch.Tensor[] tensors = [.. state.Save().Values];
        tensors.Should().HaveCount(3).And.OnlyContain(tensor => !tensor.IsInvalid);
        state.ToHost("values").Should().Equal(3, 4);
        state.Dispose();
        tensors.Should().OnlyContain(tensor => tensor.IsInvalid);
    }

    [Fact]
    public void A_running_mean_keeps_its_momentum()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using PolicyState state = Make();
        state.Average("first", Vector([1, 0]), 0.75);
        state.ToHost("first").Should().Equal(0.625, 0.375);
    }

    [Fact]
    public void A_running_mean_is_moved_by_the_rows_that_count_and_stays_where_none_is_left()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor rows = Matrix([1, 0, 9, 9, 2, 1], 3, 2);
        After([0.75, 0.5], rows.index_select(0, Indices([0, 2])), null);
        After([0.75, 0.5], rows, [1, 0, 1]);
        After([1.125, 0.625], rows, [1, 0, 1], lost: 1);
        After([0.5, 0.5], rows, [1, 0, 0], lost: 1);
        After([0.5, 0.5], rows, [0, 0, 0]);
        After([0.5, 0.5], rows.narrow(0, 0, 1), null, lost: 1);
        After([0.5, 0.5], rows.narrow(0, 0, 0), null);
        After([0.5, 0.5], rows.narrow(0, 0, 0), []);

        static void After(double[] expected, torch.Tensor rows, double[]? counted, int lost = 0)
        {
            using PolicyState state = Make();
            state.AverageRows("first", rows, counted is null ? null : Vector(counted), 0.75, lost);
            state.ToHost("first").ShouldBeClose(expected, 1e-15, "mean");
        }
    }

    [Fact]
    public void Tensors_stay_where_they_are_until_another_device_asks_and_then_move_for_good()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using PolicyState state = Make();
        torch.Tensor first = state["first"], second = state["second"];
        state.Follow(torch.zeros(3));
        state["first"].Should().BeSameAs(first);
        state["second"].Should().BeSameAs(second);

        // The device of shapes without values: every machine has it.
        using (torch.NewDisposeScope())
        {
            state.Follow(torch.zeros(3, device: torch.device("meta")));
        }

        new[] { state["first"], state["second"] }
            .Should().OnlyContain(tensor => !tensor.IsInvalid && tensor.device_type == DeviceType.META);
        new[] { first, second }.Should().OnlyContain(tensor => tensor.IsInvalid);
    }

    [Theory]
    [InlineData("adaptive")]
    [InlineData("fixmatch")]
    [InlineData("flexmatch")]
    [InlineData("freematch")]
    [InlineData("softmatch")]
    [InlineData("aligned")]
    public void A_policy_frees_what_it_keeps_and_refuses_another_number_of_classes(string name)
    {
        IPseudoLabelPolicy policy = MakePolicy(name);
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor four = torch.full([2, 4], Scalars.Of(0.25)), rows = Indices([0, 1]);
        policy.Invoking(p => p.Assign(four, rows)).Should().Throw<ArgumentException>().WithMessage("*3 classes*4*");
        policy.Invoking(p => p.Observe(ClassBatch.Of(four, rows, torch.zeros(2), rows, 1, 0)))
            .Should().Throw<ArgumentException>().WithMessage("*3 classes*4*");

        torch.Tensor[] kept = [.. policy.SaveState().Values];
        kept.Should().NotBeEmpty();
        policy.Dispose();
        kept.Should().OnlyContain(tensor => tensor.IsInvalid);
    }

    [Theory]
    [InlineData("adaptive")]
    [InlineData("fixmatch")]
    [InlineData("flexmatch")]
    [InlineData("freematch")]
    [InlineData("softmatch")]
    [InlineData("aligned")]
    public void A_policy_follows_the_probabilities_to_their_device(string name)
    {
        using IPseudoLabelPolicy policy = MakePolicy(name);
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Device elsewhere = torch.device("meta");
        torch.Tensor probabilities = torch.zeros([2, 3], device: elsewhere), rows = torch.zeros(2, torch.ScalarType.Int64, elsewhere);
        // Not every operation works on shapes alone; the move comes before the first.
        _ = Record.Exception(() => policy.Assign(probabilities, rows));
        policy.SaveState().Values.Should().OnlyContain(tensor => tensor.device_type == DeviceType.META);

        using IPseudoLabelPolicy observer = MakePolicy(name);
        _ = Record.Exception(() => observer.Observe(ClassBatch.Of(probabilities, rows, torch.zeros(2, device: elsewhere), rows, 1, 0)));
        observer.SaveState().Where(entry => name != "aligned" || entry.Key == "alignmentWindow")
            .Should().NotBeEmpty().And.OnlyContain(entry => entry.Value.device_type == DeviceType.META);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_aligned_policy_that_has_seen_nothing_takes_predictions_for_uniform(bool observesFirst)
    {
        // Halves of 0.2 and 0.8 scaled by 3/4 and 1/4 over 1/2.
        using DisposeScope scope = torch.NewDisposeScope();
        Strict inner = new() { ObservesFirst = observesFirst };
        using AlignedPolicy policy = new(inner, [3, 1], window: 2);
        policy.Assign(Matrix([0.2, 0.8], 1, 2), Indices([0]));
        inner.Asked.ShouldBeClose([0.6 / 1.4, 0.8 / 1.4], 1e-5, "aligned");
    }

    [Fact]
    public void An_aligned_policy_hands_the_other_one_its_own_state_and_its_own_loss()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Strict inner = new();
        using AlignedPolicy policy = new(inner, [1, 1], window: 2);
        policy.SaveState().Keys.Should().BeEquivalentTo(["alignmentWindow", "own"]);
        policy.Policy.Should().BeSameAs(inner);
        policy.ObservesFirst.Should().BeFalse();
        policy.NeedsStrongView([true]).Should().BeTrue();
        policy.NeedsStrongView([false]).Should().BeFalse();
        policy.LoadState(new Dictionary<string, torch.Tensor>
        {
            ["alignmentWindow"] = Matrix([0.25, 0.75, 0.5, 0.5], 2, 2),
            ["own"] = Vector([4]),
        });
        inner.Loaded.Should().Equal("own");
        policy.Describe()["meanPrediction"].ShouldBeClose([0.375, 0.625], 1e-15, "the mean of the window that was loaded");
        policy.Describe()["kept"].Should().Equal(7);

        policy.EndEpoch(9);
        inner.Ended.Should().Equal(9);
        policy.Regularize(torch.zeros(1, 2), new(Indices([0]), Vector([1])))!.Name.Should().Be("strict");
        policy.Dispose();
        inner.Disposed.Should().BeTrue();
    }

    [Theory]
    [InlineData(0, 1.0)]
    [InlineData(-1, 1.0)]
    [InlineData(1, double.PositiveInfinity)]
    public void An_alignment_that_cannot_be_is_refused(int window, double share) => FluentActions
        .Invoking(() => new AlignedPolicy(new Strict(), [1, share], window)).Should().Throw<ArgumentException>();

    private static IPseudoLabelPolicy MakePolicy(string name) => name switch
    {
        "adaptive" => new AdaptiveThresholdPolicy(3),
        "flexmatch" => new FlexMatchPolicy(3, 5, 5),
        "freematch" => new FreeMatchPolicy(3),
        "softmatch" => new SoftMatchPolicy(3),
        "aligned" => new AlignedPolicy(new FixedThresholdPolicy(3), [1, 2, 3]),
        _ => new FixedThresholdPolicy(3),
    };

    private static PolicyState Make()
    {
        PolicyState state = new();
        state.Add("first", 0.5, 2);
        state.AddIndices("second", -1, 3);
        return state;
    }

    /// <summary>A policy that keeps one tensor and takes no other.</summary>
    private sealed class Strict : IPseudoLabelPolicy
    {
        private readonly Dictionary<string, torch.Tensor> _state = new() { ["own"] = torch.ones(1) };

        public List<string> Loaded { get; } = [];

        public List<int> Ended { get; } = [];

        public double[] Asked { get; private set; } = [];

        public bool Disposed { get; private set; }

        public bool ObservesFirst { get; init; }

        public bool NeedsStrongView(ReadOnlySpan<bool> known) => known.Contains(true);

        public PseudoLabels Assign(PolicyBatch strong)
        {
            Asked = strong.Predictions.Host();
            return new(strong.Predictions.argmax(1), torch.ones(strong.Predictions.size(0)));
        }

        public void Observe(PolicyBatch observation) => throw new NotSupportedException();

        public PolicyLoss Regularize(torch.Tensor strongOutputs, PseudoLabels pseudoLabels) => new("strict", strongOutputs.sum(), 1);

        public void EndEpoch(int epoch) => Ended.Add(epoch);

        public IReadOnlyDictionary<string, torch.Tensor> SaveState() => _state;

        public void LoadState(IReadOnlyDictionary<string, torch.Tensor> state) => Loaded.AddRange(state.Keys);

        public IReadOnlyDictionary<string, double[]> Describe() => new Dictionary<string, double[]> { ["kept"] = [7] };

        public void Dispose() => Disposed = true;
    }
}
