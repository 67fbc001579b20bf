using SsMfar.Metadata;
using SsMfar.Models;
using SsMfar.Randomness;
using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;

namespace SsMfar.Tests.Models;

public sealed class WeightInitializerTests
{
    [Fact]
    public void A_key_for_weights_that_are_replaced_draws_none()
    {
        using WeightInitializer initializer = new(RandomKey.OfNoValues.Fold(3).Fold(1));
        using Parameter normal = initializer.Normal(1, 5, 4), uniform = initializer.Uniform(1, 5);
        using Parameter kaiming = initializer.KaimingNormal(4, 3, 3);
        using Linear linear = initializer.Linear(4, 2);

        foreach (Parameter parameter in new[] { normal, uniform, kaiming, linear.weight!, linear.bias! })
        {
            Build.Values(parameter).Should().OnlyContain(value => value == 0);
            parameter.requires_grad.Should().BeTrue();
        }

        kaiming.shape.Should().Equal(4, 3, 3, 3);
    }

    [Fact]
    public void A_key_of_a_seed_draws_also_where_the_seed_is_0()
    {
        using WeightInitializer initializer = new(RandomKey.FromSeed(0));
        using Parameter first = initializer.Normal(1, 20), second = initializer.Normal(1, 20);

        Build.Values(first).Should().OnlyHaveUniqueItems().And.NotContain(0);
        Build.Values(second).Should().NotIntersectWith(Build.Values(first));
        RandomKey.OfNoValues.Fold(1).Value.Should().NotBe(RandomKey.OfNoValues.Fold(2).Value);
    }

    [Fact]
    public void Loading_a_model_and_fusing_it_draw_nothing_that_the_file_replaces()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("model.safetensors");
        using (MultiTaskModel saved = new(
            BackboneFactory.MobileFaceNet.Create(RandomKey.FromSeed(1)), new(), [new("age", new KeyedHead(RandomKey.FromSeed(2)))]))
        {
            ModelFile.Save(path, saved, new() { Input = new() });
        }

        KeyedHead.Given.Clear();
        ModelParts parts = ModelParts.BuiltIn.WithHead<KeyedHead>();
        using LoadedModel loaded = ModelFile.Load(path, parts);
        using MultiTaskModel? fused = ModelFusion.Fuse(loaded.Model, parts);

        fused.Should().NotBeNull();
        KeyedHead.Given.Should().HaveCount(2).And.OnlyContain(key => key.IsOfNoValues);
    }

    private sealed class KeyedHead : torch.nn.Module<torch.Tensor, torch.Tensor>, ITaskHead<KeyedHead>
    {
        [ComponentName(Name = "output")]
        private readonly Linear _output;

        public KeyedHead(RandomKey key)
            : base(nameof(KeyedHead))
        {
            Given.Add(key);
            using WeightInitializer initializer = new(key);
            _output = initializer.Linear(512, OutputWidth);
            RegisterComponents();
        }

        public static string Kind => "keyed";

        public static List<RandomKey> Given { get; } = [];

        public int OutputWidth => 1;

        public PartDescription Description => new(Kind);

        public static KeyedHead Create(PartDescription description, RandomKey key) => new(key);

        public override torch.Tensor forward(torch.Tensor input) => _output.call(input);
    }
}
