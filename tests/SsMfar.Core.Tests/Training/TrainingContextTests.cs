using SsMfar.Augmentation;
using SsMfar.Data;
using SsMfar.Losses;
using SsMfar.Metadata;
using SsMfar.Models;
using SsMfar.Randomness;
using SsMfar.SemiSupervised;
using SsMfar.Training;
using TorchSharp;

namespace SsMfar.Tests.Training;

/// <summary>The factories of a trainer's parts know what the run knows, are asked once a run, and their parts end with the run.</summary>
public sealed class TrainingContextTests
{
    private static readonly AffectDataset Training = TinyFaces.Dataset(48);

    [Fact]
    public async Task Every_factory_is_given_the_training_set_the_tasks_the_options_and_a_key()
    {
        var contexts = new List<TrainingContext>();
        using TrainingResult result = await Tiny.Builder(options => (options.Epochs, options.Seed) = (1, 6))
            .UseTasks(AffectTaskNames.Expression, AffectTaskNames.ActionUnits)
            .UsePseudoLabelPolicy(AffectTaskNames.Expression, context => Seen(context, new FlexMatchPolicy(
                context.Classes.Count, context.Rows, context.UnlabelledRows, context.Options.SemiSupervision.FlexMatch)))
            .UseTaskBalancing(context => Seen(context, new UncertaintyBalancing(context.Tasks)))
            .UseSampler(context => Seen(context, new ShuffleSampler()))
            .UseWeakView(context => Seen(context, new WeakAugmentation()))
            .UseStrongView(context => Seen(context, new StrongAugmentation()))
            .Build().FitAsync(Training);

        contexts.Should().HaveCount(5).And.AllSatisfy(context =>
        {
            context.Annotations.Should().BeSameAs(Training.Annotations);
            context.Classes.Should().BeSameAs(Training.Annotations.ExpressionClasses);
            context.Statistics.Should().BeSameAs(Training.Annotations.Statistics);
            context.Tasks.Should().Equal(AffectTaskNames.Expression, AffectTaskNames.ActionUnits);
            context.Rows.Should().Be(48);
            context.LabelledRows.Should().Be(Training.Annotations.Count(row => row.Expression is not null)).And.BePositive();
            context.UnlabelledRows.Should().Be(Training.Annotations.Count(row => row.Expression is null)).And.BePositive();
            context.Options.Epochs.Should().Be(1);
            context.Key.Should().NotBe(RandomKey.FromSeed(6)).And.NotBe(default(RandomKey));
        });
        result.History.Should().ContainSingle().Which.Policy.Should().ContainKey("expression.thresholds");

        T Seen<T>(TrainingContext context, T part)
        {
            contexts.Add(context);
            return part;
        }
    }

    [Fact]
    public async Task A_run_has_parts_of_its_own_and_disposes_them()
    {
        var made = new List<DisposableView>();
        MultiTaskTrainer trainer = Tiny.Builder(options => options.Epochs = 1)
            .UseWeakView(Make).UseStrongView(Make).Build();
        made.Should().BeEmpty("nothing is made before the data are known");

        (await trainer.FitAsync(Training)).Dispose();
        (await trainer.FitAsync(Training)).Dispose();

        made.Should().HaveCount(4).And.OnlyContain(view => view.IsDisposed && view.WasApplied);

        DisposableView Make(TrainingContext context)
        {
            var view = new DisposableView();
            made.Add(view);
            return view;
        }
    }

    [Fact]
    public async Task Changing_a_factorys_options_does_not_change_the_run()
    {
        using TrainingResult result = await Tiny.Builder(options => options.Epochs = 2).UseSampler(context =>
        {
            context.Options.Epochs = 7;
            return new ShuffleSampler();
        }).Build().FitAsync(Training);

        result.History.Should().HaveCount(2);
    }

    private sealed class DisposableView : IAugmentation, IDisposable
    {
        public bool IsDisposed { get; private set; }

        public bool WasApplied { get; private set; }

        public torch.Tensor Apply(torch.Tensor pixels, RandomKey key)
        {
            ObjectDisposedException.ThrowIf(IsDisposed, this);
            WasApplied = true;
            return pixels.alias();
        }

        public void Dispose() => IsDisposed = true;
    }
}
