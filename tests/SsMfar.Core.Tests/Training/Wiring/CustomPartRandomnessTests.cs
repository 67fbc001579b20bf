using SsMfar.Metadata;
using SsMfar.Models;
using SsMfar.Randomness;
using SsMfar.Runtime;
using SsMfar.Tests.Models;
using SsMfar.Training;
using TorchSharp;

namespace SsMfar.Tests.Training.Wiring;

/// <summary>Custom parts may draw from torch's own generator, as its dropout does: what they draw follows from the seed, too.</summary>
[Collection(ProcessState.Name)]
public sealed class CustomPartRandomnessTests
{
    [Fact]
    public async Task What_a_part_draws_from_torchs_generator_follows_from_the_seed_and_is_new_in_each_step()
    {
        double[] first = await Draws(seed: 1, torchs: 7), again = await Draws(seed: 1, torchs: 8), other = await Draws(seed: 2, torchs: 7);

        // Two epochs of two steps.
        first.Should().HaveCount(4).And.OnlyHaveUniqueItems();
        again.Should().Equal(first);
        other.Should().NotIntersectWith(first);
    }

    private static async Task<double[]> Draws(long seed, long torchs)
    {
        List<double> draws = [];
        MultiTaskTrainer trainer = Tiny.Builder(options => (options.Seed, options.EmaDecay) = (seed, null))
            .UseHead(AffectTaskNames.ValenceArousal, _ => new DrawingHead(draws)).Build();
        torch.manual_seed(torchs);
        (await trainer.FitAsync(WiringSet.Dataset)).Dispose();
        return [.. draws];
    }

    /// <summary>Draws a number in each pass of a step.</summary>
    private sealed class DrawingHead(List<double> draws)
        : torch.nn.Module<torch.Tensor, torch.Tensor>(nameof(DrawingHead)), ITaskHead<DrawingHead>
    {
        public static string Kind => "drawing";

        public PartDescription Description => new PartDescription(Kind).With("outputs", 2);

        public static DrawingHead Create(PartDescription description, RandomKey key) => new([]);

        public override torch.Tensor forward(torch.Tensor input)
        {
            if (training)
            {
                using torch.Tensor drawn = torch.rand(1, torch.ScalarType.Float64);
                draws.Add(drawn.item<double>());
            }

            return input.narrow(1, 0, 2);
        }

        protected override void RegisterComponents()
        {
        }
    }
}
